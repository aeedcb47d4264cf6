"""One thread in the background that works on what was asked for last."""

import asyncio
import contextvars
import threading
from functools import partial
from math import inf
from time import monotonic

from ..checks import ENDS


class Worker:
    """Works on one job at a time: a newer one ends the older at its next pause.

    A job is a generator. It yields where it may be left off, and what it yields is how many
    seconds it wants to rest. The thread lives only while there is work. When Python ends it leaves
    off at the next pause, and Python waits for that: what it sends must not meet a line that is
    being closed. It has the context of who started it: some kernels find in it whom a message
    answers. Where no thread can be started, as in a browser's Python, the work is a task of the
    running event loop, which gets its turn at every pause; without a loop it is done at once.

    Parameters
    ----------
    failed : callable
        Takes the exception that a job raises.
    """

    def __init__(self, failed):
        self._failed = failed
        self._changed = threading.Condition()
        self._newest, self._working = None, False
        self._task = self._home = None  # without a thread: the task, and the thread of its loop

    def start(self, job):
        """Work on this job from now on."""
        with self._changed:
            self._newest = job
            self._changed.notify_all()
            if self._working:
                return
            self._working, self._pieces, self._home = True, self._work(), None
        work = partial(contextvars.copy_context().run, self._in_thread)
        try:
            threading.Thread(target=work, name="gdviz", daemon=False).start()
        except RuntimeError:
            self._without_thread()

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
        if self._home == threading.get_ident():  # who waits here must do the work meanwhile
            due = inf if seconds is None else monotonic() + seconds
            for _ in self._pieces:
                if monotonic() >= due:
                    break
            return not self._working
        with self._changed:
            return self._changed.wait_for(lambda: not self._working, seconds)

    def _work(self):
        """Do what was asked for last until there is nothing; yield at every pause."""
        try:
            while self._take():
                try:
                    for rest in self._job:
                        yield rest
                        if self._newest is not None or not threading.main_thread().is_alive():
                            break
                except ENDS as error:
                    self._failed(error)
        except BaseException:  # it could not even be told: nobody is to wait for ever
            self._newest = None
            self._take()
            raise

    def _take(self):
        """Take up the newest job; return whether there is one."""
        with self._changed:
            self._job, self._newest = self._newest, None
            self._working = self._job is not None
            self._changed.notify_all()
            return self._working

    def _in_thread(self):
        for rest in self._pieces:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None, rest)

    def _without_thread(self):
        self._home = threading.get_ident()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.wait()
        else:
            self._task = loop.create_task(self._in_loop(self._pieces))

    async def _in_loop(self, pieces):
        try:
            for _ in pieces:
                await asyncio.sleep(0)
        except asyncio.CancelledError:  # the loop ends: so does the work
            self.stop()
            self.wait()
            raise
