# SPDX-License-Identifier: Apache-2.0
"""A small event loop: timers, file descriptors, reaped children.  One thread, so one order of events.

An exception ends the program: a test part that carries on after a surprise proves nothing.
"""

import heapq
import itertools
import os
import selectors
import signal
import time

NS = 10**9


class Timer:
    __slots__ = ("due_ns", "action")

    def __init__(self, due_ns: int, action):
        self.due_ns = due_ns
        self.action = action

    def cancel(self) -> None:
        self.action = None


class Loop:
    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[int, int, Timer]] = []
        self._order = itertools.count()
        self._children = {}
        # A child can be reaped before anybody asked for it: its pid arrives through a pipe.
        self._unclaimed: dict[int, int] = {}
        self._stopping = False

    @staticmethod
    def now_ns() -> int:
        return time.monotonic_ns()

    def call_at(self, due_ns: int, action) -> Timer:
        timer = Timer(due_ns, action)
        heapq.heappush(self._timers, (due_ns, next(self._order), timer))
        return timer

    def call_after(self, delay_ns: int, action) -> Timer:
        return self.call_at(self.now_ns() + delay_ns, action)

    def every(self, period_ns: int, action) -> None:
        def again() -> None:
            action()
            self.call_after(period_ns, again)

        self.call_after(period_ns, again)

    def spawn(self, steps) -> None:
        """Run a generator that yields how many nanoseconds to sleep."""
        delay_ns = next(steps, None)
        if delay_ns is not None:
            self.call_after(delay_ns, lambda: self.spawn(steps))

    def watch(self, descriptor: int, action, writing: bool = False) -> None:
        self._selector.register(descriptor, selectors.EVENT_WRITE if writing else selectors.EVENT_READ, action)

    def unwatch(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def claim_child(self, pid: int, on_exit) -> None:
        if pid in self._unclaimed:
            on_exit(self._unclaimed.pop(pid))
        else:
            self._children[pid] = on_exit

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            on_exit = self._children.pop(pid, None)
            if on_exit is None:
                self._unclaimed[pid] = status
            else:
                on_exit(status)

    def stop(self) -> None:
        self._stopping = True

    def run(self, until=lambda: False) -> None:
        """Run until stop(), or until the condition holds after some event."""
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.watch(reader, lambda: os.read(reader, 512))
        self._stopping = False
        try:
            while not self._stopping and not until():
                self._turn()
        finally:
            signal.set_wakeup_fd(-1)
            self.unwatch(reader)
            os.close(reader)
            os.close(writer)

    def _turn(self) -> None:
        wait_s = None
        if self._timers:
            wait_s = max(0, self._timers[0][0] - self.now_ns()) / NS
        for key, _ in self._selector.select(wait_s):
            # An earlier action of this turn may have closed it.
            if self._selector.get_map().get(key.fd) is key:
                key.data()
        self._reap()
        while self._timers and self._timers[0][0] <= self.now_ns():
            timer = heapq.heappop(self._timers)[2]
            if timer.action is not None:
                timer.action()
