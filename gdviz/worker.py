"""One thread in the background that works on what was asked for last."""

import threading


class Worker:
    """Works on one job at a time: a newer one ends the older at its next pause.

    A job is a generator. It yields where it may be left off, and what it yields is how many
    seconds it wants to rest. The thread lives only while there is work.

    Parameters
    ----------
    failed : callable
        Takes the exception that a job raises.
    """

    def __init__(self, failed):
        self._failed = failed
        self._changed = threading.Condition()
        self._newest, self._working = None, False

    def start(self, job):
        """Work on this job from now on."""
        with self._changed:
            self._newest = job
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="gdviz", daemon=True).start()
            self._changed.notify_all()

    def stop(self):
        """Leave off at the next pause."""
        with self._changed:
            if self._working:
                self.start(iter(()))

    @property
    def busy(self):
        """Whether there is work."""
        return self._working

    def wait(self, seconds=None):
        """Wait until there is no more work; return whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._working, seconds)

    def _work(self):
        while True:
            with self._changed:
                job, self._newest = self._newest, None
                if job is None:
                    self._working = False
                    self._changed.notify_all()
                    return
            try:
                for rest in job:
                    with self._changed:
                        if self._changed.wait_for(lambda: self._newest is not None, rest):
                            break
            except Exception as error:
                self._failed(error)
