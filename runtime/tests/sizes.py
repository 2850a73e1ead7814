# SPDX-License-Identifier: MIT
#
# sizes.py: what CPython's objects cost, as tables for tests written in C. Run it isolated:
#
#     /usr/bin/python3 -I -S sizes.py > data/sizes-3.11.2.txt
#
# Format. The first line is `python VERSION`. Every other line is
#
#     SERIES STEP GETSIZEOF REQUESTED
#
#   - A series stands in one piece; its steps ascend by one from its first line to its last. A
#     step that is left out has the values of the line before; the last step is always there.
#   - GETSIZEOF is sys.getsizeof() of the object after that step.
#   - REQUESTED is what the object asked of the allocator, for all its blocks: itself with what
#     stands before it, items, key tables, values; not what it refers to. A block of zero bytes
#     counts zero. It is `-` where the object was there before (a shared one), or where it cannot
#     be told (a class).
#
# There are two sorts of series. In a *walk* step 0 is a new object and every step changes that
# same object. In a *family* every step makes an object of its own. The recipe stands above each
# series; in them `[n]` is a list of n times None, and all values and items are None unless said
# otherwise. "Inserts n" inserts the keys numbered 0 ... n-1; key i is the int i or, in series of
# str keys, the text "k<i>".
#
# Random walks draw from SplitMix64, begun at state 1 in each of them: runtime/tests/seed.h has it
# as test_random_next.
#
# How REQUESTED is measured: tracemalloc's total before and after. What the total would not tell:
#   - Blocks on free lists stay in it, and leave it unmoved when they are taken. A full collection
#     empties all free lists: one is made before the object, and one before each reading that
#     counts.
#   - Reading makes tuples and ints. Readings go into arrays made before, so that nothing is left
#     but the tuples, on free lists; each reading that counts comes right after another, and so
#     with the same ones.
#   - Whatever else a step needs is there before the first reading.

import array
import gc
import sys
import tracemalloc
import types
import weakref
from opcode import _inline_cache_entries, opmap

LONGEST = 100_000
INTS = list(range(LONGEST + 1))
STRS = ["k%d" % i for i in INTS]
KEYS = {"int": INTS, "str": STRS}
OTHER = {"int": STRS, "str": INTS}

# Size and total: of the reading that was made last, of the one before that, and of the begin. And
# those of each step of a walk that changed them; 0 for others.
now, past, start = (array.array("q", [0, 0]) for _ in range(3))
sizes, totals = (array.array("q", [0]) * (LONGEST + 1) for _ in range(2))


# ---- Measuring ----------------------------------------------------------------------------------


def read(subject):
    now[0] = sys.getsizeof(subject)
    now[1] = tracemalloc.get_traced_memory()[0]


def settle(subject):
    """Reads again, so that the total tells the truth."""
    gc.collect()
    read(subject)
    read(subject)


def begin():
    """All that is there stays, nothing is on a free list, and what comes now is the subject's."""
    gc.collect()
    gc.freeze()
    settle(None)
    start[:] = now
    past[0] = 0
    gc.collect()


def report(series, rows):
    """Prints the rows, (step, size, requested), that differ from the one before, and the last."""
    printed = row = None
    for row in rows:
        if printed is None or row[1:] != printed[1:]:
            print_row(series, row)
            printed = row
    if row is not printed:
        print_row(series, row)


def print_row(series, row):
    step, size, requested = row
    print(series, step, size, requested if requested else "-")


def walk(series, count, create, change):
    """create() makes the object; change(object, step) is done `count` times."""
    for step in INTS[: count + 1]:
        if step == 0:
            begin()
            subject = create()
        else:
            change(subject, step)
        read(subject)
        if now != past:
            settle(subject)
            past[:] = now
            sizes[step], totals[step] = now
    report(series, walk_rows(count))


def walk_rows(count):
    for step in range(count + 1):
        if sizes[step]:
            row = sizes[step], totals[step] - start[1]
            sizes[step] = 0
        yield step, *row


def family(series, steps, make, prepare=lambda step: step, size=sys.getsizeof):
    """make(prepare(step)) makes each object, of which size() is asked."""

    def rows():
        for step in steps:
            given = prepare(step)
            begin()
            subject = make(given)
            size(subject)
            settle(subject)
            yield step, size(subject), now[1] - start[1]
            subject = None

    report(series, rows())


def size_only(series, steps, make):
    """As family(), of objects whose blocks cannot be told from others'."""
    report(series, [(step, sys.getsizeof(make(step)), 0) for step in steps])


def random_numbers(count):
    state, mask = 1, (1 << 64) - 1
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


RANDOM = list(random_numbers(LONGEST))


def random_steps(count, phase_bits):
    """For steps 1 ... count: (whether to add, a random number). A step draws one number, r. It adds
    in even phases when r & 3 is not 0, in odd ones when it is, and removes otherwise; its phase is
    (step - 1) >> phase_bits, its random number r >> 8."""
    for step, r in enumerate(RANDOM[:count]):
        is_odd = step >> phase_bits & 1
        yield ((r & 3) != 0) != is_odd, r >> 8


# ---- Numbers, None ------------------------------------------------------------------------------


def numbers():
    # Families by b, the bits below the highest one: 2**b, by
    #   int.c         a conversion from int64_t
    #   int.copy      -x of the opposite number
    #   int.add       (2**b - 1) + 1
    #   int.double    2**(b-1) + 2**(b-1)
    #   int.shift     1 << b
    # and .negative: all numbers in these recipes with the other sign.
    for sign, name in ((1, ""), (-1, ".negative")):
        family("int.c" + name, range(63), lambda a: a[0], lambda b: array.array("q", [sign << b]))
        family("int.copy" + name, range(241), lambda x: -x, lambda b: -sign << b)
        family("int.add" + name, range(241), lambda pair: pair[0] + pair[1],
               lambda b: (sign * (2**b - 1), sign))
        family("int.double" + name, range(1, 241), lambda half: half + half,
               lambda b: sign << (b - 1))
        family("int.shift" + name, range(241), lambda b: sign << b)

    # Families of one or two.
    family("float", [0], lambda half: half + half, lambda _: 0.75)
    family("bool", [0, 1], lambda number: number > 0)
    family("none", [0], lambda _: None)


# ---- str, bytes, tuple --------------------------------------------------------------------------


def texts():
    # Families by n: a str of n characters "a", U+00E9, U+0100, U+1F600; n bytes "a"; tuple([n]).
    widths = {"ascii": "a", "latin1": "\xe9", "ucs2": "\u0100", "ucs4": "\U0001f600"}
    for name, character in widths.items():
        family("str." + name, range(0 if name == "ascii" else 1, 301),
               lambda given: given[0][: given[1]], lambda n: (character * (n + 1), n))
    family("bytes", range(301), lambda given: given[0][: given[1]], lambda n: (b"a" * (n + 1), n))
    family("tuple", range(101), tuple, none_list)


# ---- list ---------------------------------------------------------------------------------------


def none_list(n):
    return [None] * n


def grown_list(n):
    """By n appends."""
    result = []
    for _ in range(n):
        result.append(None)
    return result


def emptied_list(n):
    """By n appends and n pops."""
    result = grown_list(n)
    for _ in range(n):
        result.pop()
    return result


def list_walks():
    # An empty one, `[]`: appends; inserts at 0.
    walk("list.append", LONGEST, list, lambda subject, _: subject.append(None))
    walk("list.insert", 2000, list, lambda subject, _: subject.insert(0, None))
    # One grown by 100,000 appends: pops at the end.
    walk("list.pop", LONGEST, lambda: grown_list(LONGEST), lambda subject, _: subject.pop())
    # list(range(1000)): removes the first.
    walk("list.delete_first", 1000, lambda: list(INTS[:1000]),
         lambda subject, _: subject.__delitem__(0))
    # One grown by 100 appends: step 1 clears it, others append.
    walk("list.clear", 100, lambda: grown_list(100),
         lambda subject, step: subject.clear() if step == 1 else subject.append(None))
    # One emptied by 100 appends and 100 pops: appends.
    walk("list.refill", 100, lambda: emptied_list(100), lambda subject, _: subject.append(None))
    # An empty one; random_steps with phases of 2**12: appends, or pops if there is an item.
    adds = bytes([False] + [add for add, _ in random_steps(LONGEST, 12)])

    def change(subject, step):
        if adds[step]:
            subject.append(None)
        elif subject:
            subject.pop()

    walk("list.random", LONGEST, list, change)


def list_families():
    # By n: a display `[x, x, ...]` of n variables; [None] * n; [100][:n]; [n].copy().
    display = {n: eval("lambda x: [" + "x, " * n + "]") for n in range(31)}
    family("list.display", range(31), lambda make: make(None), display.get)
    family("list.repeat", range(101), none_list)
    family("list.slice", range(101), lambda given: given[0][: given[1]],
           lambda n: (none_list(100), n))
    family("list.copy", range(101), list.copy, none_list)
    # By n: list() of [n], tuple([n]), range(n), iter([n]), a generator of n; a comprehension of n.
    family("list.list", range(101), list, none_list)
    family("list.tuple", range(101), list, lambda n: tuple(none_list(n)))
    family("list.range", range(101), list, range)
    family("list.iterator", range(101), lambda items: list(iter(items)), none_list)
    family("list.generator", range(101), lambda n: list(None for _ in INTS[:n]))
    family("list.comprehension", range(101), lambda items: [None for _ in items], none_list)
    # By n: [100], or one grown by 100 appends, without the first n, or without the last n.
    for name, make in (("exact", none_list), ("grown", grown_list)):
        family("list.delete_head." + name, range(101), lambda n: delete_slice(make(100), 0, n))
        family("list.delete_tail." + name, range(101),
               lambda n: delete_slice(make(100), 100 - n, 100))


def delete_slice(subject, start, end):
    del subject[start:end]
    return subject


def list_extends():
    # Families by m; list.extend.<how>.<n>. An object of length n (or 0: emptied): [n]; grown by n
    # appends; emptied by n appends and n pops; and [n] again. It is extended by [m], the last by
    # range(m).
    def extend(subject, items):
        subject.extend(items)
        return subject

    for n in (0, 1, 3, 4, 8, 10, 100):
        for how, make, items in (("exact", none_list, none_list), ("grown", grown_list, none_list),
                                 ("emptied", emptied_list, none_list),
                                 ("counted", none_list, range)):
            family(f"list.extend.{how}.{n}", range(101),
                   lambda given: extend(make(n), given), items)


# ---- dict ---------------------------------------------------------------------------------------


def filled_dict(keys):
    result = {}
    for key in keys:
        result[key] = None
    return result


def sparse_dict(keys, n):
    """Inserts 2n+5, deletes the last n+5 in ascending order."""
    result = filled_dict(keys[: 2 * n + 5])
    for key in keys[n : 2 * n + 5]:
        del result[key]
    return result


def updated(subject, other):
    subject.update(other)
    return subject


def build_map(keys):
    """A function that makes {key: None, ...} in one instruction, and its Nones."""

    def instruction(name, argument=0):
        code = bytes([opmap["EXTENDED_ARG"], argument >> 8]) if argument > 255 else b""
        code += bytes([opmap[name], argument & 255])
        return code + bytes([opmap["CACHE"], 0]) * _inline_cache_entries[opmap[name]]

    code = (lambda values: None).__code__.replace(
        co_consts=(None, tuple(keys)),
        co_stacksize=len(keys) + 2,
        co_code=instruction("RESUME") + instruction("LOAD_FAST")
        + instruction("UNPACK_SEQUENCE", len(keys)) + instruction("LOAD_CONST", 1)
        + instruction("BUILD_CONST_KEY_MAP", len(keys)) + instruction("RETURN_VALUE"))
    return types.FunctionType(code, {}), tuple(none_list(len(keys)))


def random_keyed(series, kind, create, add, remove):
    # <type>.<kind>.random        100,000 random_steps, phases of 2**12, key (number & 4095)
    # <type>.<kind>.random_small  5,000 random_steps, phases of 2**6, key (number & 15)
    # An empty one: inserts the key, there or not; or deletes it, if it is there.
    for name, count, phase_bits, keys in (("random", LONGEST, 12, KEYS[kind][:4096]),
                                          ("random_small", 5000, 6, KEYS[kind][:16])):
        plan = [None] + [(add if adds else remove, keys[number & len(keys) - 1])
                         for adds, number in random_steps(count, phase_bits)]

        def change(subject, step):
            action, key = plan[step]
            action(subject, key)

        walk(series + name, count, create, change)


def dict_insert(subject, key):
    subject[key] = None


def dict_delete(subject, key):
    subject.pop(key, None)


def dict_walks(kind):
    keys, series = KEYS[kind], f"dict.{kind}."
    # An empty one, `{}`: step i inserts key i-1.
    walk(series + "insert", LONGEST, dict, lambda subject, i: dict_insert(subject, keys[i - 1]))
    # 100 inserted: steps 1 ... 100 delete key i-1, steps 101 ... 300 insert key i-1.
    walk(series + "drain", 300, lambda: filled_dict(keys[:100]),
         lambda subject, i: (dict_delete if i <= 100 else dict_insert)(subject, keys[i - 1]))
    # 50 inserted, then cleared: step i inserts key i-1.
    walk(series + "clear", 100, lambda: cleared(filled_dict(keys[:50])),
         lambda subject, i: dict_insert(subject, keys[i - 1]))

    # 1 inserted: step i inserts key i, then deletes key i-1.
    def roll(subject, i):
        dict_insert(subject, keys[i])
        dict_delete(subject, keys[i - 1])

    walk(series + "rolling", 50, lambda: filled_dict(keys[:1]), roll)

    # 5 inserted: step i does popitem(), then inserts key 4+i.
    def replace_last(subject, i):
        subject.popitem()
        dict_insert(subject, keys[4 + i])

    walk(series + "popitem", 50, lambda: filled_dict(keys[:5]), replace_last)
    random_keyed(series, kind, dict, dict_insert, dict_delete)


def cleared(subject):
    subject.clear()
    return subject


def dict_families(kind):
    keys, other, series = KEYS[kind], OTHER[kind], f"dict.{kind}."
    # By n: n inserted, then key 0 of the other kind.
    family(series + "convert", range(21),
           lambda n: updated(filled_dict(keys[:n]), {other[0]: None}))
    # By n: one display of n pairs (presized; n inserted follow).
    family(series + "display", range(401), lambda given: given[0](given[1]),
           lambda n: build_map(keys[:n]))
    # By n, from a dict d with n inserted, or (.sparse) 2n+5 inserted and the last n+5 deleted:
    #   copy     d.copy()
    #   call     dict(d)
    #   update   an empty one, `{}`, updated by d
    dense = lambda n: filled_dict(keys[:n])
    for name, most, source in (("", 400, dense), (".sparse", 200, lambda n: sparse_dict(keys, n))):
        family(series + "copy" + name, range(most + 1), dict.copy, source)
        family(series + "call" + name, range(most + 1), dict, source)
        family(series + "update" + name, range(most + 1), lambda d: updated({}, d), source)
    # By n, updated by a dict with n inserted:
    #   update_seven   one with keys 1000 ... 1006 inserted
    #   update_same    one with n inserted
    #   update_other   one with keys 0, 1, 2 of the other kind inserted
    seven, three = keys[1000:1007], other[:3]
    family(series + "update_seven", range(401), lambda d: updated(filled_dict(seven), d), dense)
    family(series + "update_same", range(401), lambda d: updated(filled_dict(d), d), dense)
    family(series + "update_other", range(401), lambda d: updated(filled_dict(three), d), dense)


# ---- set ----------------------------------------------------------------------------------------


def filled_set(keys):
    result = set()
    for key in keys:
        result.add(key)
    return result


def sparse_set(n):
    """Adds 2n+5, discards the last n+5 in ascending order."""
    result = filled_set(INTS[: 2 * n + 5])
    for key in INTS[n : 2 * n + 5]:
        result.discard(key)
    return result


def set_walks():
    # set(): step i adds the int i-1.
    walk("set.int.add", LONGEST, set, lambda subject, i: subject.add(INTS[i - 1]))
    # drain, clear, rolling: as of dicts.
    walk("set.int.drain", 300, lambda: filled_set(INTS[:100]),
         lambda subject, i: (set.discard if i <= 100 else set.add)(subject, INTS[i - 1]))
    walk("set.int.clear", 100, lambda: cleared(filled_set(INTS[:50])),
         lambda subject, i: subject.add(INTS[i - 1]))

    def roll(subject, i):
        subject.add(INTS[i])
        subject.discard(INTS[i - 1])

    walk("set.int.rolling", 300, lambda: filled_set(INTS[:1]), roll)
    random_keyed("set.int.", "int", set, set.add, set.discard)


def set_families():
    # copy (s.copy()), call (set(s)), update, .sparse, update_seven, update_same: as of dicts.
    dense = lambda n: filled_set(INTS[:n])
    for name, most, source in (("", 200, dense), (".sparse", 100, sparse_set)):
        family("set.int.copy" + name, range(most + 1), set.copy, source)
        family("set.int.call" + name, range(most + 1), set, source)
        family("set.int.update" + name, range(most + 1), lambda s: updated(set(), s), source)
    seven = INTS[1000:1007]
    family("set.int.update_seven", range(201), lambda s: updated(filled_set(seven), s), dense)
    family("set.int.update_same", range(201), lambda s: updated(filled_set(s), s), dense)


# ---- array --------------------------------------------------------------------------------------


def grown_array(code, n):
    """By n appends."""
    result = array.array(code)
    for _ in range(n):
        result.append(0)
    return result


def arrays(code):
    series = f"array.{code}."
    zeros = lambda n: array.array(code, [0]) * n
    # Walks. An empty one: appends. One grown by 10,000 appends: pops at the end.
    walk(series + "append", 10_000, lambda: array.array(code), lambda subject, _: subject.append(0))
    walk(series + "pop", 10_000, lambda: grown_array(code, 10_000),
         lambda subject, _: subject.pop())
    # One grown by 1,000 appends: removes the last 16, or what is left.
    walk(series + "shrink", 63, lambda: grown_array(code, 1000),
         lambda subject, _: delete_slice(subject, max(len(subject) - 16, 0), len(subject)))
    # Families by n: array(code, [0] * n); 100 zeros at once, without the last n.
    family(series + "list", range(101), lambda items: array.array(code, items), lambda n: [0] * n)
    family(series + "delete_tail", range(101), lambda n: delete_slice(zeros(100), 100 - n, 100))
    # Families by m, .<n>: n zeros at once, or grown by n appends; extended by an array of m.
    for n in (0, 1, 4, 10, 100):
        for how, make in (("exact", zeros), ("grown", lambda n: grown_array(code, n))):
            def extended(other):
                subject = make(n)
                subject.extend(other)
                return subject

            family(f"{series}extend.{how}.{n}", range(101), extended, zeros)


# ---- Instances ----------------------------------------------------------------------------------

INSTANCES = 40
NAMES = [sys.intern("a%d" % i) for i in range(41)]
EXTRA = [sys.intern("z%d" % i) for i in range(11)]


def new_class(slots=None):
    return type("C", (), {} if slots is None else {"__slots__": slots})


def new_instance(class_, names):
    """Sets the attributes of these names, in order."""
    result = class_()
    for name in names:
        setattr(result, name, None)
    return result


def dict_size(instance):
    return sys.getsizeof(instance.__dict__)


def attributes():
    # Families by i: the i-th instance of a new class, of which k attributes, a0 ... a<k-1>, are
    # set after all earlier ones had theirs.
    #   instance.plain.<k>      its __dict__ was never read
    #   instance.dict.<k>       GETSIZEOF is of its __dict__, which was read; REQUESTED is of both
    #   slotdict.plain.<k>, slotdict.dict.<k>    as these; the class has __slots__ = ("__dict__",)
    for kind, slots in (("instance", None), ("slotdict", ("__dict__",))):
        for name, size in (("plain", sys.getsizeof), ("dict", dict_size)):
            for k in range(41):
                class_ = new_class(slots)
                family(f"{kind}.{name}.{k}", range(1, INSTANCES + 1),
                       lambda _: new_instance(class_, NAMES[:k]), size=size)


def slots():
    # Families by n: an instance of a class of n slots, a0 ... a<n-1>, all set; with __weakref__
    # among them.
    for name, more in (("slots", ()), ("slots_weakref", ("__weakref__",))):
        family(name, range(41), lambda given: new_instance(*given),
               lambda n: (new_class((*NAMES[:n], *more)), NAMES[:n]))


def settled_class():
    """Has had 40 instances, each with a0 and a1."""
    class_ = new_class()
    for _ in range(INSTANCES):
        new_instance(class_, NAMES[:2])
    return class_


def deviations():
    # Families by s: an instance of a class that has had 40 with a0 and a1 (a class of its own for
    # each step), which has them too, and to which the first s of these things were done. plain
    # and dict as above.
    extra = [lambda o, name=name: setattr(o, name, None) for name in EXTRA]
    set_a0 = lambda o: setattr(o, "a0", None)
    things = {
        "extra_name": extra,  # o.z0 = None, o.z1 = None, ... z10
        "delete": [lambda o: delattr(o, "a0"), set_a0, lambda o: delattr(o, "a1")] + extra[:3],
        "delete_all": [lambda o: delattr(o, "a0"), lambda o: delattr(o, "a1"), set_a0] + extra[:3],
        "dict_key": [lambda o, n=name: dict_insert(o.__dict__, n) for name in EXTRA[:8]],
        "dict_int_key": [lambda o: dict_insert(o.__dict__, 1)] + extra[:8],
        "dict_popitem": [lambda o: o.__dict__.popitem()] + extra[:8],
        "dict_delete": [lambda o: o.__dict__.__delitem__("a0")] + extra[:3],
        "dict_clear": [lambda o: o.__dict__.clear(), set_a0] + extra[:8],
        "dict_replace": [lambda o: setattr(o, "__dict__", {}), set_a0] + extra[:8],
    }
    for name, actions in things.items():
        def make(given):
            class_, count = given
            result = new_instance(class_, NAMES[:2])
            for action in actions[:count]:
                action(result)
            return result

        for how, size in (("plain", sys.getsizeof), ("dict", dict_size)):
            family(f"deviate.{how}.{name}", range(len(actions) + 1), make,
                   lambda s: (settled_class(), s), size)


def bystanders():
    # Families by s. others: an instance with a0 and a1 of such a class, after another one, alive,
    # got s extra names, z0 ... z<s-1>. elsewhere: as others, but it gets z<s> itself.
    def prepare(s):
        class_ = settled_class()
        return class_, s, new_instance(class_, NAMES[:2] + EXTRA[:s])

    for how, size in (("plain", sys.getsizeof), ("dict", dict_size)):
        family(f"deviate.{how}.others", range(5),
               lambda given: new_instance(given[0], NAMES[:2]), prepare, size)
        family(f"deviate.{how}.elsewhere", range(5),
               lambda given: new_instance(given[0], NAMES[:2] + [EXTRA[given[1]]]), prepare, size)


def instance_dict_copies():
    # Families by k: o.__dict__.copy() and dict(o.__dict__), alone, o being the 41st instance with
    # a0 ... a<k-1>.
    def prepare(k):
        class_ = new_class()
        instances = [new_instance(class_, NAMES[:k]) for _ in range(INSTANCES + 1)]
        return instances[-1].__dict__

    family("instance.copy", range(41), dict.copy, prepare)
    family("instance.call", range(41), dict, prepare)


# ---- Classes, functions, the rest ---------------------------------------------------------------


def new_generator_function(locals_count):
    names = ", ".join(NAMES[:locals_count])
    place = {}
    exec(f"def generator({names}):\n    yield", place)
    return place["generator"]


def generators():
    # Family by the count of local variables and places on the stack: a generator, not begun, with
    # 0 ... 6 locals.
    functions = [new_generator_function(n) for n in range(7)]
    by_slots = {f.__code__.co_nlocals + f.__code__.co_stacksize: f for f in functions}
    arguments = [tuple(none_list(n)) for n in range(7)]
    family("generator", by_slots, lambda given: given[0](*given[1]),
           lambda n: (by_slots[n], arguments[by_slots[n].__code__.co_argcount]))


def classes():
    # Families by n: a class with n slots, a0 ... a<n-1>; with __weakref__, with __dict__ among
    # them. And one without __slots__.
    size_only("class.slots", range(11), lambda n: new_class(NAMES[:n]))
    size_only("class.slots_weakref", range(11), lambda n: new_class([*NAMES[:n], "__weakref__"]))
    size_only("class.slots_dict", range(11), lambda n: new_class([*NAMES[:n], "__dict__"]))
    size_only("class.plain", [0], lambda _: new_class())


def callables():
    # Families of one. What they refer to is there before: the code, the cells and their tuple,
    # the referent.
    cell = types.CellType(None)
    closing = (lambda x: lambda: x)(None)
    referent = new_class()
    plain = lambda: None
    family("function", [0], lambda _: types.FunctionType(plain.__code__, globals()))
    family("function.closure", [0],
           lambda _: types.FunctionType(closing.__code__, globals(), None, None,
                                        closing.__closure__))
    family("cell", [0], lambda _: types.CellType(cell))
    family("method", [0], lambda _: types.MethodType(plain, cell))
    # A weak reference to a set: without a callback, with one.
    subject = set()
    family("weakref", [0], lambda _: weakref.ref(subject))
    family("weakref.callback", [0], lambda _: weakref.ref(subject, print))
    # set(), list(), dict(), `[]`, `{}`.
    for make in (set, list, dict):
        family(make.__name__ + ".call", [0], lambda _: make())
    family("list.empty", [0], lambda _: [])
    family("dict.empty", [0], lambda _: {})


def main():
    gc.disable()
    tracemalloc.start()
    print("python", sys.version.split()[0])
    for group in (numbers, texts, list_walks, list_families, list_extends):
        group()
    for kind in KEYS:
        dict_walks(kind)
        dict_families(kind)
    set_walks()
    set_families()
    for code in "iqd":
        arrays(code)
    for group in (attributes, slots, deviations, bystanders, instance_dict_copies, generators,
                  classes, callables):
        group()


main()
