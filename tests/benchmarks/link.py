"""A slow line on one machine: a TCP proxy that delays and paces what passes through it.

::

    with delayed_link(server.port, delay=0.075, bits_per_second=8e6) as port:
        ...  # reach the server through 127.0.0.1:port instead

The default is like Binder from another continent: 75 ms each way, 8 Mbit/s. All connections
share the line, as a household's do; bytes keep their order, and the delay never varies.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager

CHUNK = 16_384  # bytes read at once: 16 ms of an 8 Mbit/s line


class Line:
    """One direction: when bytes put on it now come out at the other end."""

    def __init__(self, delay: float, bits_per_second: float):
        self.delay = delay
        self.bits_per_second = bits_per_second
        self.free = 0.0  # when the last byte so far will have left the near end

    def send(self, size: int, now: float) -> float:
        """Put ``size`` bytes on the line; return the time at which the last of them arrives."""
        self.free = max(self.free, now) + 8 * size / self.bits_per_second
        return self.free + self.delay


async def _together(*jobs: Coroutine) -> None:
    """Run jobs at once; when one fails, end the others and fail as it did."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
    """Move one connection's bytes in one direction, and then its end."""
    clock = asyncio.get_running_loop().time
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        data = b"more"
        while data:
            data = await reader.read(CHUNK)
            on_the_way.put_nowait((line.send(len(data), clock()), data))
            # One chunk may wait at the near end; what is behind it stays with the sender.
            await asyncio.sleep(line.free - clock() - 8 * CHUNK / line.bits_per_second)

    async def receive() -> None:
        data = b"more"
        while data:
            arrival, data = await on_the_way.get()
            await asyncio.sleep(arrival - clock())
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    await _together(send(), receive())


async def _connect(near: socket.socket, target: int, there: Line, back: Line) -> None:
    """Carry one connection to ``target`` and back until both of its directions have ended."""
    reader, writer = await asyncio.open_connection(sock=near)
    ends = [writer]
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        ends.append(far_writer)
        await _together(_carry(reader, far_writer, there), _carry(far_reader, writer, back))
    except OSError:
        pass  # one end hung up: closing the other passes that on
    except asyncio.CancelledError:
        for end in ends:
            end.transport.abort()
        raise
    finally:
        for end in ends:
            end.close()


async def _proxy(listener: socket.socket, target: int, there: Line, back: Line) -> None:
    """Take connections until cancelled."""
    loop = asyncio.get_running_loop()
    connections = []

    def accept() -> None:
        near = accepted.enter_context(listener.accept()[0])
        connections.append(loop.create_task(_connect(near, target, there, back)))

    with ExitStack() as accepted:
        loop.add_reader(listener, accept)
        try:
            await loop.create_future()
        finally:
            loop.remove_reader(listener)
            for connection in connections:
                connection.cancel()
            ends = await asyncio.gather(*connections, return_exceptions=True)
            if failures := [end for end in ends if isinstance(end, Exception)]:
                raise failures[0]


@contextmanager
def delayed_link(port: int, delay: float = 0.075, bits_per_second: float = 8e6) -> Iterator[int]:
    """Open a slow way to a port of this machine; yield the port to use instead.

    Parameters
    ----------
    port
        Where the server listens, on 127.0.0.1.
    delay
        Seconds a byte travels, in each direction.
    bits_per_second
        What the line carries, in each direction.
    """
    lines = [Line(delay, bits_per_second) for _ in range(2)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        loop = asyncio.SelectorEventLoop()
        proxy = loop.create_task(_proxy(listener, port, *lines))
        thread = threading.Thread(target=loop.run_until_complete, args=[asyncio.wait([proxy])])
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            loop.call_soon_threadsafe(proxy.cancel)
            thread.join()
            loop.close()
    if not proxy.cancelled():
        proxy.result()  # it ended by itself: say why
