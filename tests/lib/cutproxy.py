#!/usr/bin/python3
# tests/lib/cutproxy.py - a TCP proxy that cuts: cutproxy.py HOST:PORT [AFTER]
# prints the port it listens on and resets its connections after AFTER bytes.
import errno
import random
import select
import socket
import struct
import sys
import threading
import time

CHUNK = 32768


def reset(s):
    """Close so that the other end sees RST."""
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    except OSError:
        pass


class CutProxy:
    """Forwards everything that comes to .port; .bytes were forwarded so far."""

    def __init__(self, target, host="127.0.0.1", port=0, after=None, listener=None):
        self.target, self.after, self.bytes, self.pairs = target, after, 0, []
        self.rate = 0  # bytes a second and connection; 0 = as it comes
        self.delay = 0  # seconds that a block is kept back
        self.lock = threading.Lock()
        self.listener = listener or socket.create_server((host, port), backlog=128)
        self.host, self.port = self.listener.getsockname()[:2]
        self.on = True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while self.on:
            try:
                a, _ = self.listener.accept()
            except OSError:
                return
            try:
                b = socket.create_connection(self.target, 30)
            except OSError:
                reset(a)
                continue
            for s in (a, b):
                s.settimeout(None)
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            with self.lock:
                self.pairs.append((a, b))
            threading.Thread(target=self._forward, args=(a, b), daemon=True).start()

    def _forward(self, a, b):
        other, open_ends = {a: b, b: a}, [a, b]
        try:
            while open_ends:
                # a socket that select() holds sends no RST: look often
                ready = select.select(open_ends, [], [], 0.02)[0]
                if (a, b) not in self.pairs:
                    raise ValueError("cut")
                for s in ready:
                    block = s.recv(CHUNK)
                    if not block:
                        open_ends.remove(s)
                        other[s].shutdown(socket.SHUT_WR)
                        continue
                    if self.delay:
                        time.sleep(self.delay)
                    other[s].sendall(block)
                    if self.rate:
                        time.sleep(len(block) / self.rate)
                    with self.lock:
                        self.bytes += len(block)
                        cut = self.after is not None and self.bytes >= self.after
                        if cut:
                            self.after = None
                    if cut:
                        self.reset()
                        raise ValueError("cut")
        except (OSError, ValueError):
            reset(a)
            reset(b)
        else:
            a.close()
            b.close()
        with self.lock:
            if (a, b) in self.pairs:
                self.pairs.remove((a, b))

    def reset(self):
        """Cut every connection there is now; how many there were."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        return len(pairs)  # their forwarders do it

    def close(self):
        self.on = False
        self.listener.close()
        self.reset()


class DataProxy:
    """Proxies on N following ports of HOST, to the same ports of TARGET: what a
    server with that port range and that public address names in PASV."""

    def __init__(self, n=12, host="127.0.0.2", target="127.0.0.1"):
        self.proxies = []
        while not self.proxies:
            low = random.randrange(20000, 32000 - n)
            listeners = []
            try:
                for p in range(low, low + n):
                    listeners.append(socket.create_server((host, p), backlog=64))
                    socket.create_server((target, p)).close()
            except OSError as e:
                for s in listeners:
                    s.close()
                if e.errno != errno.EADDRINUSE:
                    raise
                continue
            self.proxies = [CutProxy((target, s.getsockname()[1]), listener=s) for s in listeners]
        self.host, self.low, self.high = host, low, low + n - 1

    @property
    def bytes(self):
        return sum(p.bytes for p in self.proxies)

    def pace(self, rate):
        for p in self.proxies:
            p.rate = rate

    def reset(self):
        return sum(p.reset() for p in self.proxies)

    def close(self):
        for p in self.proxies:
            p.close()


if __name__ == "__main__":
    to, cut_port = sys.argv[1].rsplit(":", 1)
    proxy = CutProxy((to, int(cut_port)), after=int(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(proxy.port, flush=True)
    threading.Event().wait()
