"""What is found in numbers alone: grids, eigenvalues, slopes, a safe learning rate, shapes."""

import numpy as np

from ..checks import check_callable, real_array, short


def grid(domain, points):
    """Return a grid of so many points along each axis of a domain: (d, points) or (d, n, n)."""
    return np.stack(np.meshgrid(*(np.linspace(low, high, points) for low, high in domain)))


def eigenvalues(matrix):
    """Return eigenvalues of symmetric matrices, smallest first: (d, d, *batch) -> (d, *batch)."""
    with np.errstate(all="ignore"):
        if len(matrix) == 1:
            return matrix[0]
        if len(matrix) == 2:  # by hand: many times faster than LAPACK on a batch
            middle = (matrix[0, 0] + matrix[1, 1]) / 2
            spread = np.hypot((matrix[0, 0] - matrix[1, 1]) / 2, matrix[0, 1])
            return np.stack([middle - spread, middle + spread])
        matrix = np.moveaxis(matrix, (0, 1), (-2, -1))
        whole = np.isfinite(matrix).all(axis=(-2, -1), keepdims=True)
        found = np.linalg.eigvalsh(np.where(whole, matrix, 0.0))
        return np.moveaxis(np.where(whole[..., 0], found, np.nan), -1, 0)


def safe_rate(surface):
    """Return 1 / L, where L is the largest curvature in the domain below the start.

    With it no step goes up (Nesterov 2004, section 1.2.3); one digit is enough.
    """
    places = grid(surface.domain, 21)
    below = places[:, surface.value(places) <= surface.value(np.array(surface.start))]
    found = eigenvalues(surface.hessian(below))
    largest = np.abs(found[np.isfinite(found)]).max(initial=0.0)
    return float(f"{1 / largest:.0e}") if 1e-100 < largest < 1e100 else 0.1


def central_differences(f):
    """Return the function w -> (f(w + h) - f(w - h)) / 2h, coordinates on a new first axis.

    h = eps**(1/4) leaves about 8 digits, and 7 when the result is differentiated again.
    """

    def slopes(w):
        h = np.finfo(float).eps ** 0.25 * np.maximum(1.0, np.abs(w))
        found = []
        for i in range(len(w)):
            step = np.zeros_like(w)
            step[i] = h[i]
            found.append((f(w + step) - f(w - step)) / (2 * h[i]))
        return np.stack(found)

    return slopes


def careful(argument, function, lead, domain, names=()):
    """Return a function of points that works like a student's own, tried out, and harms nothing.

    The student's gets copies, so it may change them, and has to return real numbers of the shape
    (*lead, *batch) promised. It takes w, or coordinates of these names.
    """
    check_callable(argument, function, "a function of w")
    how = "use NumPy on whole arrays, np.where for if, np.sin for math.sin"
    if not names:
        how = f"unpack with {'x, = w' if len(domain) == 1 else 'x, y = w'}, then {how}"

    def remedy(w):
        batch = w.shape[1:]
        given = f"{' and '.join(names)} of shape {batch}" if names else f"w of shape {w.shape}"
        return f"for {given} return an array of shape {(*lead, *batch)}: {how}"

    def compute(w):
        with np.errstate():  # what it sets there is over with it
            found = function(w.copy())
        found = real_array(f"What {argument} returned", found, how)
        if found.shape != (*lead, *w.shape[1:]):
            raise ValueError(f"{argument} returned shape {found.shape}; {remedy(w)}.")
        return np.array(found)  # its own, whatever the student's function keeps

    low, width = np.array(domain)[:, 0], np.ptp(np.array(domain), axis=1)
    for batch in ((), (5,), (3, 4)):
        w = (low + width * np.random.default_rng(0).random((*batch, len(domain)))).T
        with np.errstate(all="ignore"):
            try:
                function(w.copy())
            except Exception as error:
                raise ValueError(f"{argument} failed, {short(error)}; {remedy(w)}.") from error
            compute(w)
    return compute
