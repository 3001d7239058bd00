# tests/lib/throwaway.py - throwaway accounts of tests that run as root; others may be making theirs.
import subprocess
import time

TRIES = 200
# exit statuses of useradd(8) and userdel(8)
OK, ABSENT, EXISTS = 0, 6, 9


def make(stem, *options):
    """An account STEM, or STEM with a letter behind it where an ended test has left one: its name."""
    name, letters = stem, iter("abcdefghijklmnopqrstuvwxyz")
    for _ in range(TRIES):  # another test may hold the lock
        done = subprocess.run(["useradd", "-K", "UID_MIN=20000", "-K", "UID_MAX=59999", *options, name],
                              capture_output=True, check=False)
        if done.returncode == OK:
            return name
        if done.returncode == EXISTS:
            name = stem + next(letters)
        else:
            time.sleep(0.05)
    raise RuntimeError(f"useradd {name}: {done.stderr.decode()}")


def remove(name, *options):
    for _ in range(TRIES):  # what it runs must be gone first
        if subprocess.run(["userdel", *options, name], capture_output=True, check=False).returncode in (OK, ABSENT):
            return
        time.sleep(0.1)
    print(f"# the account {name} is left")
