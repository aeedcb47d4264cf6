"""What an explorer shows: views side by side, and the numbers of a run on all of them."""

from dataclasses import dataclass, replace

from . import plots
from .checks import one_of, rates_of
from .dataviews import DataView, DecisionView
from .views import CurveView, Frames, HeightView, LossView, OutcomeView, PlaneView
from .words import MEANWHILE, count, noise_ball


@dataclass(frozen=True)
class Look:
    """How an explorer looks, whatever it shows; each field is an option of `Explorer`."""

    beside: str = "loss"
    loss_scale: str | None = None
    compare: tuple = ()
    arrows: bool = False
    limit: bool = False
    basins: bool = False
    question: str = ""
    cost: str = "steps"

    def __post_init__(self):
        one_of("beside", self.beside, ("loss", "outcomes", "3d", "data"))
        one_of("loss_scale", self.loss_scale, (None, "log", "linear"))
        one_of("cost", self.cost, ("steps", "rows"))
        object.__setattr__(self, "compare", rates_of("compare", self.compare))

    def check(self, setting, racers):
        """Refuse a surface that cannot be shown like this."""
        surface = setting.surface
        wants = {"outcomes": 1, "3d": 2, "data": 2}.get(self.beside, surface.dimension)
        if self.arrows or self.limit or self.basins or racers or setting.cloud is not None:
            wants = 2
        asked = {"beside": self.beside == "data", "cost": self.cost == "rows"}
        asked |= {"scaling": setting.even}
        for option in [option for option, wanted in asked.items() if wanted]:
            if not hasattr(surface, "predict"):
                raise ValueError(
                    f"{option}: the surface {surface.name!r} has no rows of data; leave {option} "
                    "out, or give a model such as LinearRegression(x, y)"
                )
        if surface.dimension != wants:
            raise ValueError(
                f"surface: {surface.name!r} has {surface.dimension} dimension(s), but what is to "
                f"be shown wants {wants}; try {'himmelblau' if wants == 2 else 'parabola'!r}"
            )


class Scene:
    """The figure for one setting, and the way from runs to what moves on it.

    Parameters
    ----------
    look : Look
    setting : Setting
    rates : numpy.ndarray
        The learning rates of the slider.
    racers : dict of rule to float
        Rules that race along, the setting's own among them; may be empty.

    Attributes
    ----------
    views : list of view
    picture : dict
        What `Live` wants to know of the figure.
    """

    def __init__(self, look, setting, rates, racers):
        self._look = look
        flat = setting.surface.dimension == 1
        figure, (left, right) = plots.side_by_side(0.5 if flat else 0.42)
        rivals = {n: rule.name for n, rule in enumerate(racers) if rule != setting.rule}
        if flat:
            main = CurveView(left, setting)
        elif setting.surface.dimension > 2:
            main = DecisionView(left, setting)
        else:
            plane = {"arrows": look.arrows, "limit": look.limit, "basins": look.basins}
            main = PlaneView(left, setting, rivals=list(rivals), **plane)
        if look.beside == "outcomes":
            second = OutcomeView(right, setting, rates)
        elif look.beside == "3d":
            second = HeightView(right, setting)
        elif look.beside == "data":
            second = DataView(right, setting)
        else:
            loss = {"scale": look.loss_scale, "compare": look.compare, "cost": look.cost}
            loss["rivals"] = rivals
            second = LossView(right, setting, **loss)
        plots.make_room(left)
        self.views = [main, second]
        self.picture = {
            "figure": figure,
            "moving": {a: follow for view in self.views for a, follow in view.moving.items()},
            "drag": [view.ax for view in self.views if view.drag],
            "hover": {left: main.hover} if look.beside == "data" else {},
            "readout": main.readout,
            "meanwhile": look.question or MEANWHILE,
            "label": f"{main.label} {second.label}",
        }

    def sweep(self, setting, rates, racers):
        """Return the run at every learning rate, as `Live.show_all` wants it."""
        runs = setting.descend(rates)
        if setting.cloud is None:
            sentences = runs.explanations()
        elif runs.batches:
            sentences = noise_ball(runs)
        else:
            sentences = [count(outcomes) for outcomes in runs.outcome]
        return self._numbers(setting, runs, [self._asking(each) for each in sentences], racers)

    def glimpse(self, setting, run, racers):
        """Return one run, as `Live.show_one` wants it; what to say of it is not known yet."""
        return self._numbers(setting, run, None, racers)

    def sentence(self, setting, run):
        """Return what to say of one run, for `Live.say`."""
        noisy = setting.cloud is not None and run.batches
        return self._asking(noise_ball(run)[0] if noisy else run.explain())

    def _asking(self, sentence):
        return f"{sentence} {self._look.question}".rstrip()

    def _numbers(self, setting, runs, captions, racers):
        compared = self._look.compare
        others = Frames(setting.descend(compared)) if compared else None
        rivals = [
            Frames(replace(setting, rule=rule, learning_rate=rate).descend())
            for rule, rate in racers.items()
            if rule != setting.rule
        ]
        cloud = setting.cloud is not None
        frames = Frames(runs, cloud=cloud, others=others, rivals=rivals)
        data = {a: columns for view in self.views for a, columns in view.data(frames).items()}
        return data, captions, self.views[0].numbers(frames)
