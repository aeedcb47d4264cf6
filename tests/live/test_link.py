"""The slow line of the benchmarks delays and paces as it says, and changes nothing else."""

import socket
import socketserver
import threading
import time
from contextlib import contextmanager
from statistics import median

import pytest

from tests.benchmarks.link import Line, delayed_link


class Echo(socketserver.BaseRequestHandler):
    """Send back what comes."""

    def handle(self):
        while data := self.request.recv(65_536):
            self.request.sendall(data)


@pytest.fixture(scope="module")
def echo():
    """The port of a server that sends back what it gets."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def receive(connection, size):
    """Return exactly this many bytes."""
    data = bytearray()
    while len(data) < size:
        part = connection.recv(65_536)
        assert part, "the line closed early"
        data += part
    return bytes(data)


def there_and_back(port, data):
    """Return what came back, and the seconds that took."""
    with connected(port) as connection:
        sender = threading.Thread(target=connection.sendall, args=[data])
        started = time.perf_counter()
        sender.start()
        answer = receive(connection, len(data))
        seconds = time.perf_counter() - started
        sender.join()
    return answer, seconds


def ping(port, times=7):
    """Return the median seconds for one byte there and back."""
    return median(there_and_back(port, b".")[1] for _ in range(times))


def test_what_arrives_is_what_was_sent_in_order(echo):
    data = b"".join(number.to_bytes(4) for number in range(50_000))
    with delayed_link(echo, delay=0.01, bits_per_second=80e6) as port:
        assert there_and_back(port, data)[0] == data


def test_a_message_takes_twice_the_delay(echo):
    with delayed_link(echo, delay=0.02) as near, delayed_link(echo, delay=0.08) as far:
        direct, short, long = ping(echo), ping(near), ping(far)
    assert short > 4 * direct
    assert 2.5 < long / short < 4.5  # 4, were there nothing but the delay


def test_half_the_rate_takes_twice_as_long(echo):
    data = bytes(400_000)
    with (
        delayed_link(echo, delay=0.01, bits_per_second=8e6) as slow,
        delayed_link(echo, delay=0.01, bits_per_second=16e6) as fast,
    ):
        long, short = (min(there_and_back(p, data)[1] for _ in range(2)) for p in (slow, fast))
    assert 1.5 < long / short < 2.6


def test_connections_share_the_line(echo):
    data = bytes(200_000)
    with delayed_link(echo, delay=0.01) as port:
        _, alone = there_and_back(port, data)
        other = threading.Thread(target=there_and_back, args=[port, data])
        other.start()
        _, shared = there_and_back(port, data)
        other.join()
    assert shared > 1.4 * alone


def test_the_end_of_one_direction_is_passed_on(echo):
    with delayed_link(echo, delay=0.01) as port, connected(port) as connection:
        connection.sendall(b"last words")
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection, 10) == b"last words"
        assert connection.recv(1) == b""


def test_a_dead_server_closes_the_connection():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with delayed_link(unused.getsockname()[1]) as port, connected(port) as connection:
            assert connection.recv(1) == b""


def test_closing_the_link_ends_open_connections(echo):
    with delayed_link(echo) as port:
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        connection.sendall(b"on its way")
    with connection, pytest.raises(ConnectionError):
        # Reset at once, or after what had arrived.
        while connection.recv(100):
            pass
        raise ConnectionError


def test_the_line_carries_one_thing_after_another():
    line = Line(delay=0.1, bits_per_second=8_000)
    assert line.send(500, now=0) == pytest.approx(0.6)
    assert line.send(500, now=0) == pytest.approx(1.1)  # waits for the first
    assert line.send(500, now=9) == pytest.approx(9.6)  # the line had long been free
