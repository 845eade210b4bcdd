# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cut a sequence down to what is needed for its difference.

One boot of the mainframe tries many shorter sequences at once, each with a piece
left out; the shortest that still differs is where the next round begins.
"""


def candidates(operations, size):
    """The sequence with one piece of that size left out, wherever it may have been."""
    for start in range(0, len(operations), size):
        yield operations[:start] + operations[start + size:]


def still_differs(bench, attempts, wanted):
    """Those of the sequences in which the same thing differs, cut behind that."""
    named = [[f"B {number}", *operations] for number, operations in enumerate(attempts)]
    comparison, _ended = bench.compare(named)
    found = []
    for parting in comparison.partings:
        if any(item.what == wanted for item in parting.items):
            found.append(parting.operations[1:])
    return found


def shrink(bench, parting, readable):
    """Prints the short sequence."""
    wanted = parting.items[0].what
    operations = parting.operations[1:]
    size = max(1, len(operations) // 4)
    while True:
        found = still_differs(bench, list(candidates(operations, size)), wanted)
        shorter = [one for one in found if len(one) < len(operations)]
        print(f"# {len(operations)} operations, pieces of {size}: {len(shorter)} shorter ones", flush=True)
        if shorter:
            operations = min(shorter, key=len)
        elif size == 1:
            break
        if size > len(operations) or not shorter:
            size = max(1, size // 2)
    print(f"# {wanted} needs:")
    for operation in operations:
        print(f"#   {readable(operation)}")
        print(f"#     {operation}")
