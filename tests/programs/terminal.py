"""Drives a program on a pseudo-terminal of its own.

usage: terminal.py ROWS COLUMNS SECONDS PROGRAM [ARGUMENT...] < steps

The steps are a JSON list: ["expect", regex], ["send", text],
["resize", rows, columns], ["end"] (wait for the program's end). All that the
program printed goes to standard output; the exit code is 0 if every step
succeeded, else 1 with a line on standard error that names the step.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


def resize(master, rows, columns):
    size = struct.pack("HHHH", rows, columns, 0, 0)
    fcntl.ioctl(master, termios.TIOCSWINSZ, size)


class Session:
    def __init__(self, argv, rows, columns, seconds):
        self.deadline = time.monotonic() + seconds
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvp(argv[0], argv)
        resize(self.master, rows, columns)
        self.all = ""
        self.seen = 0

    def more(self):
        """Reads once; False at the end or when time is up."""
        left = self.deadline - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: the last slave was closed
            return False
        self.all += data.decode("utf-8", "replace")
        return data != b""

    def expect(self, pattern):
        while True:
            match = re.compile(pattern).search(self.all, self.seen)
            if match is not None:
                self.seen = match.end()
                return True
            if not self.more():
                return False

    def send(self, text):
        os.write(self.master, text.encode())
        return True

    def wait(self, seconds):
        """Lets time pass where there is nothing to see."""
        time.sleep(seconds)
        return True

    def resize(self, rows, columns):
        resize(self.master, rows, columns)
        return True

    def end(self, code=0):
        while self.more():
            pass
        if time.monotonic() >= self.deadline:
            return False
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status) == code

    def close(self):
        os.close(self.master)
        if self.pid != 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def main():
    rows, columns, seconds = (int(a) for a in sys.argv[1:4])
    session = Session(sys.argv[4:], rows, columns, seconds)
    failed = None
    for name, *arguments in json.load(sys.stdin):
        if not getattr(session, name)(*arguments):
            failed = f"step {name} {arguments} failed"
            break
    session.close()
    sys.stdout.write(session.all)
    if failed is not None:
        print(failed, file=sys.stderr)
    sys.exit(failed is not None)


main()
