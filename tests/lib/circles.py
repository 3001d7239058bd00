"""Which object files call each other in a circle, by the symbols that they
define and need (nm): what a linker sees, function pointers included."""
import os
import subprocess


def objects(build, src):
    """{source file: its object}, of the sources that are there."""
    found = {}
    for folder, names, files in os.walk(build):
        if folder == build:
            names[:] = [n for n in names if os.path.isdir(os.path.join(src, n)) and n != "tests"]
        for name in files:
            source = os.path.relpath(os.path.join(folder, name), build)[:-2] + ".c"
            if name.endswith(".o") and os.path.exists(os.path.join(src, source)):
                found[source] = os.path.join(folder, name)
    return found


def calls(found):
    """{source file: the set of those whose symbols it needs}."""
    source_of = {path: source for source, path in found.items()}
    defined, needed, source = {}, {}, None
    out = subprocess.run(["nm", "-gP"] + sorted(source_of), stdout=subprocess.PIPE, universal_newlines=True, check=True)
    for line in out.stdout.splitlines():
        words = line.split()
        if len(words) == 1:
            source = source_of[words[0].rstrip(":")]
            needed[source] = set()
        elif words and words[1] == "U":
            needed[source].add(words[0])
        elif words and words[0] != "main":
            defined[words[0]] = source
    return {s: {defined[n] for n in names if n in defined} - {s} for s, names in needed.items()}


def circles(build, src):
    """The circles, each a sorted list of all source files in it (Tarjan's
    strongly connected components)."""
    graph = calls(objects(build, src))
    index, low, stack, out = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in sorted(graph[v]):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            at = stack.index(v)
            if len(stack) - at > 1:
                out.append(sorted(stack[at:]))
            del stack[at:]

    for v in sorted(graph):
        if v not in index:
            visit(v)
    return sorted(out)
