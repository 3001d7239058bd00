"""Which functions of ours no program needs: no object file refers to them, and
neither does the rest of their own file.  What tests alone use is among them."""
import os
import re
import subprocess

from circles import objects


def referred(build):
    """The symbols that the object files of BUILD refer to, those of tests
    left out."""
    found = []
    for folder, names, files in os.walk(build):
        if folder == build:
            names[:] = [n for n in names if n not in ("tests", "unit")]
        found += [os.path.join(folder, f) for f in files if f.endswith(".o")]
    out = subprocess.run(["readelf", "-rW"] + found, stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    words = (line.split() for line in out.splitlines())
    return {w[4].split("@")[0] for w in words if len(w) > 4 and w[2].startswith("R_")}


def unused(build, src):
    """[(function, source file)], sorted."""
    source_of = {path: source for source, path in objects(build, src).items()}
    needed, out, source = referred(build), [], None
    names = subprocess.run(["nm", "-gP", "--defined-only"] + sorted(source_of), stdout=subprocess.PIPE, universal_newlines=True,
                           check=True).stdout
    for line in names.splitlines():
        words = line.split()
        if len(words) == 1:
            source = source_of[words[0].rstrip(":")]
        elif words and words[1] == "T" and words[0] not in needed | {"main"}:
            with open(os.path.join(src, source), encoding="utf-8") as f:
                if len(re.findall(r"\b%s\b" % words[0], f.read())) < 2:
                    out.append((words[0], source))
    return sorted(out)
