/* SPDX-License-Identifier: MIT
 *
 * ops_test.c: op scripts on our runtime: what they print, what is refused, and that nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/ops.h"

enum {
    OUTPUT_BYTES = 1 << 16
};

struct run {
    char output[OUTPUT_BYTES], why[WL_OPS_WHY_BYTES];
    size_t length;
    int status;
};

static bool
keep(void *context, const char *line, size_t bytes) {
    struct run *run = context;

    assert_true(run->length + bytes + 2 < OUTPUT_BYTES);
    memcpy(run->output + run->length, line, bytes);
    run->length += bytes;
    run->output[run->length++] = '\n';
    run->output[run->length] = '\0';
    return true;
}

static void
run_with(struct run *run, const char *script, const struct wl_ops_limits *limits,
         int64_t fail_every) {
    struct wl_ops_program *program = NULL;
    struct rt_config config;
    struct rt_text why;
    struct rt *rt;

    *run = (struct run){.length = 0};
    rt_text_init(&why, run->why, sizeof run->why);
    run->status = wl_ops_parse(script, strlen(script), &program, &why);
    if (run->status != 0)
        return;
    rt_config_init(&config);
    config.alloc_backend = RT_BACKEND_DEBUG;
    config.alloc_fail_every = fail_every;
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    run->status = wl_ops_run(rt, program, limits, keep, run, &why);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
    wl_ops_free(program);
}

static const struct wl_ops_limits wide = {1000000, 1000000, 1000};

static void
assert_prints(const char *script, const char *expected) {
    struct run *run = malloc(sizeof *run);

    assert_non_null(run);
    run_with(run, script, &wide, 0);
    if (run->status != 0)
        fail_msg("status %d: %s", run->status, run->why);
    assert_string_equal(run->output, expected);
    free(run);
}

static void
assert_refuses(const char *script, const char *expected) {
    struct run *run = malloc(sizeof *run);

    assert_non_null(run);
    run_with(run, script, &wide, 0);
    assert_int_equal(run->status, -EINVAL);
    assert_string_equal(run->why, expected);
    free(run);
}

/* ---- What statements do ------------------------------------------------------------------------- */

#define END "end: collected 0\n"

static void
test_cycle_is_collected(void **state) {
    (void)state;
    assert_prints("list a\nappend a a\ndrop a\nprint count\nprint collect\n",
                  "count: 1 0 0\ncollect: 1\n" END);
}

static void
test_numbers_and_texts_are_made(void **state) {
    (void)state;
    assert_prints("int a = 7\nint b = {3*5-1}\nfloat c = 2.5\npower d = 100\nsum e = a b\n"
                  "print value a\nprint value b\nprint value c\nprint size d\nprint value e\n",
                  "value a: 7\nvalue b: 14\nvalue c: 2.5\nsize d: 40\nvalue e: 21\n" END);
    assert_prints("str s = \"ab\"\nbytes t = \"abc\"\nconcat u = s s\nslice v = u[1:3]\n"
                  "grow v \"xyz\"\nintern v\nprint len s\nprint len t\nprint len u\nprint len v\n"
                  "print value True\nprint value None\nprint value \"q\"\n",
                  "len s: 2\nlen t: 3\nlen u: 4\nlen v: 5\nvalue True: True\nvalue None: None\n"
                  "value \"q\": str of 1\n" END);
}

static void
test_lists_change(void **state) {
    (void)state;
    assert_prints(
        "list a = 1 2 3\nappend a 4\ninsert a 0 0\ntuple t = 5 6\nextend a t\n"
        "reverse a\nget x = a[0]\nprint value x\ntake y = a 1\nprint value y\npop a\n"
        "item a[0] = None\ndel a[1]\ndel a[0:1]\nprint len a\ncopy b = a\nslice c = a[0:1]\n"
        "print len b\nprint equal a b\nprint same a b\nclear a\nprint len a\n"
        "repeated r = a 9\nprint len r\n",
        "value x: 6\nvalue y: 5\nlen a: 3\nlen b: 3\nequal a b: yes\nsame a b: no\n"
        "len a: 0\nlen r: 9\n" END);
}

static void
test_dicts_and_sets_change(void **state) {
    (void)state;
    assert_prints("dict d = \"a\" 1 2 \"b\"\nkey d[\"c\"] = d\nget x = d[2]\nprint type x\n"
                  "del d[2]\nprint contains d 2\ncopy e = d\nupdate e d\nprint len e\nclear e\n"
                  "print len e\nclear d\n",
                  "type x: str\ncontains d 2: no\nlen e: 2\nlen e: 0\n" END);
    assert_prints("set s = 1 2 2\nadd s 3\ndiscard s 1\ncopy t = s\nprint len t\n"
                  "print contains t 3\npop t\ntake x = t\nprint type x\nprint len t\nclear s\n"
                  "print len s\n",
                  "len t: 2\ncontains t 3: yes\ntype x: int\nlen t: 0\nlen s: 0\n" END);
}

static void
test_arrays_change(void **state) {
    (void)state;
    assert_prints("array i i 2\narray q q 2\narray d d 2\nappend i 7\nitem q[1] = 5000000000\n"
                  "item d[0] = 2.5\nget x = i[2]\nget y = q[1]\nget z = d[0]\nprint value x\n"
                  "print value y\nprint value z\nprint len i\nappend i 5000000000\nitem d[1] = 1\n",
                  "value x: 7\nvalue y: 5000000000\nvalue z: 2.5\nlen i: 3\n"
                  "error: line 14: 5000000000 does not fit into the array\n"
                  "error: line 15: 1 does not fit into the array\n" END);
}

static void
test_instances_have_attributes(void **state) {
    (void)state;
    assert_prints(
        "class P inline x\nclass S slots y\nclass D dict\nclass T(S) slots z\n"
        "new p P\nnew s S\nnew d D\nnew t T\nattr p.x = 1\nattr p.w{2} = 2\nattr t.y = 3\n"
        "get v = t.y\nprint value v\nprint has p.w2\ndel p.x\nprint has p.x\n"
        "get m = p.__dict__\nprint len m\nattr P.c = 5\nget v = p.c\nprint value v\n"
        "classof k = t\nprint type k\nprint count\n",
        "value v: 3\nhas p w2: yes\nhas p x: no\nlen m: 1\nvalue v: 5\ntype k: type\n"
        "count: 6 0 0\n" END);
}

static void
test_functions_run_blocks(void **state) {
    (void)state;
    assert_prints(
        "block b\n  print text \"{n}\"\n  return self\nend\ncell c = 1\nfunction f runs b\n"
        "closure g runs b = c\nmethod m = f c\ncall x = f 7\nprint value x\ncall x = g\n"
        "print value x\ncall x = m\nprint same x c\nput c = 2\nderef v = c\nprint value v\n"
        "clear c\nderef v = c\nprint value v\nfunction e\ncall v = e 1\nprint value v\n",
        "0\nvalue x: 7\n1\nvalue x: None\n2\nsame x c: yes\nvalue v: 2\nvalue v: None\n"
        "value v: None\n" END);
}

static void
test_generators_give_items(void **state) {
    (void)state;
    assert_prints(
        "block b\n  get r = self[1]\n  return r\nend\ngenerator g 3 slots 2 runs b\n"
        "item g[1] = \"x\"\nnext a = g\nprint type a\nprint position g\nposition g 0\n"
        "items l = g\nprint len l\nnext a = g\ngenerator h 2\nnext a = h\nnext a = h\n"
        "print value a\n",
        "type a: str\nposition g: 1\nlen l: 3\nerror: line 13: g has ended\nvalue a: 1\n" END);
}

static void
test_generator_does_not_run_in_itself(void **state) {
    (void)state;
    assert_prints(
        "block b\n  next x = self\nend\ngenerator g 3 runs b\nnext y = g\nprint value y\n",
        "error: line 2: self is running\nvalue y: 0\n" END);
}

static void
test_weak_references_tell(void **state) {
    (void)state;
    assert_prints(
        "class P\nblock b\n  print alive self\nend\nnew p P\nweakref w = p\n"
        "weakref v = p runs b\nfunction f runs b\nweakref u = p calls f\n"
        "weakref t = p runs print\nprint weakrefs p\nderef q = w\nprint same q p\ndrop q\n"
        "drop p\nprint alive w\nderef q = w\nprint value q\n",
        "weakrefs p: 4\nsame q p: yes\ncalled\nalive self: no\nalive self: no\n"
        "alive w: no\nvalue q: None\n" END);
    assert_prints(
        "class P\nnew p P\nnew q P\nweakset s\nweakdict d\nadd s p\nadd s q\ndiscard s q\n"
        "key d[\"k\"] = p\nget r = d[\"k\"]\nprint same r p\nprint len s\nprint len d\n"
        "drop p r\nprint len s\nprint len d\n",
        "same r p: yes\nlen s: 1\nlen d: 1\nlen s: 0\nlen d: 0\n" END);
}

static void
test_finalizers_print_drop_and_resurrect(void **state) {
    (void)state;
    assert_prints(
        "class A finalizer print\nclass B finalizer resurrect k\nclass C finalizer drop l\n"
        "list l\nnew a A\nnew b B\nnew c C\ndrop a b c\nprint type k\nprint finalized k\n"
        "print bound l\n",
        "finalizer of A\ntype k: B\nfinalized k: yes\nbound l: no\n" END);
}

static void
test_class_inherits_its_finalizer(void **state) {
    (void)state;
    assert_prints("class A inline x finalizer print\nclass B(A) slots y\nnew b B\ndrop b\n",
                  "finalizer of B\n" END);
}

static void
test_collector_is_controlled(void **state) {
    (void)state;
    assert_prints("gc disable\nprint enabled\ngc enable\nprint enabled\ngc threshold 5 4 3\n"
                  "print thresholds\nlist a\nappend a a\nprint objects 0\ngc freeze\nprint frozen\n"
                  "print objects\ngc unfreeze\nprint frozen\ndrop a\ngc collect 1\nprint collect\n"
                  "print stats\nprint garbage\ngarbage g\nprint len g\nobjects o\ngc "
                  "settle\nobjects o 2\nprint len o\n"
                  "gc settle\nprint stats\ngc safe\ngc manual\ngc idle\n",
                  "enabled: no\nenabled: yes\nthresholds: 5 4 3\nobjects 0: 1\nfrozen: 1\n"
                  "objects: 0\nfrozen: 0\ncollect: 1\nstats: 0 0 0, 1 0 0, 1 1 0\ngarbage: 0\n"
                  "len g: 0\nerror: line 22: the engine's own objects are among the others\nlen o: "
                  "0\nstats: 0 0 0, 0 0 0, 0 0 0\n" END);
}

static void
test_memory_is_had_without_objects(void **state) {
    (void)state;
    assert_prints("memory m 100\nresize m 5000\nprint value m\nlist l\nresize l 5\nalias m = l\n"
                  "print len m\nmemory m 8\nprint count\n",
                  "error: line 3: m is memory\nerror: line 5: l is no memory\nlen m: 0\n"
                  "count: 1 0 0\n" END);
}

static void
test_objects_are_looked_at(void **state) {
    (void)state;
    assert_prints("list l = 1 5000\ntuple t = l l\nprint refcount l\nprint refcount 1\n"
                  "print tracked t\nprint deep t\nprint size l\nprint hash 7\nprint hash 2.0\n"
                  "print type t\nprint value t\n",
                  "refcount l: 3\nrefcount 1: shared\ntracked t: yes\ndeep t: 184\nsize l: 72\n"
                  "hash 7: 7\nhash 2: 2\ntype t: tuple\nvalue t: tuple of 2\n" END);
}

static void
test_deep_size_counts_each_object_once(void **state) {
    (void)state;
    assert_prints("class P inline\nnew p P\nlist l = p p\nattr p.x = l\nset s = 2.5\ndict d = 1 s\n"
                  "append l d\nappend l d\nprint deep None\nprint deep 7\nlist m = 7 7 7\nprint "
                  "deep m\nlist c = P\nprint deep c\n",
                  "deep None: 16\ndeep 7: 28\ndeep m: 108\ndeep c: 64\nend: collected 4\n");
}

static void
test_names_with_braces_are_the_names_written_out(void **state) {
    (void)state;
    assert_prints(
        "repeat i 3\n  repeat j 2\n    list a{i}_{j+1} = {i}\n  end\nend\nprint len a2_2\n"
        "list b7\nrepeat i 2\n  print bound b{i+6}\nend\nlist a07\nprint bound a7\n"
        "print bound a{7}\n",
        "len a2_2: 1\nbound b6: no\nbound b7: yes\nbound a7: no\nbound a7: no\n" END);
}

static void
test_expressions_divide_as_python_does(void **state) {
    (void)state;
    assert_prints(
        "repeat i 1\n  print value {0-7/2}\n  print value {(0-7)/2}\n"
        "  print value {(0-7)%3}\n  print value {2*(3+4*(5-6))}\n  print value {1/i}\nend\n",
        "value -3: -3\nvalue -4: -4\nvalue 2: 2\nvalue -2: -2\n"
        "error: line 6: division by zero\n" END);
}

static void
test_end_of_script_can_be_chosen(void **state) {
    (void)state;
    assert_prints("finish nothing\nclass A finalizer print\nnew a A\n", "");
    assert_prints("class A finalizer print\nnew a A\nfinish drop\n", "finalizer of A\n");
    assert_prints("class A finalizer print\nnew a A\nlist l\nappend l l\n",
                  "finalizer of A\nend: collected 1\n");
}

/* ---- What cannot be done ------------------------------------------------------------------------ */

static void
test_mistakes_say_what_is_wrong_and_cost_nothing(void **state) {
    static const char script[] =
        "class S slots x\nclass P inline x\nlist l = 1 2\ndict d\nset s\nset empty\nnew o S\nnew p "
        "P\n"
        "generator g 1\ncell c\nstr t = \"abc\"\nfunction f\nmethod m = f l\nprint count\n"
        "drop nothing\nprint len nothing\nget a = l[2]\nget a = l[-1]\nget a = l[\"k\"]\n"
        "get a = d[\"k\"]\nget a = d[l]\nget a = o.x\nget a = o.__dict__\nattr o.y = 1\n"
        "attr o.__dict__ = d\ndel o.x\ndel d[1]\ndel l[2]\ndel l[1:3]\nkey d[d] = 1\nkey l[0] = 1\n"
        "append d 1\nadd s l\nadd l 1\npop empty\npop l 2\npop s 0\nweakref w = l\nweakref w = o\n"
        "call a = l\ncall a = m 1\nnext a = l\ngrow l t\ngrow t l\nconcat a = t l\nsum a = t t\n"
        "slice a = t[2:1]\nslice a = l[0:9]\nprint hash l\nprint hash None\nprint equal d d\n"
        "method n = f None\nclosure h = l\ngc threshold 1 2 99999999999\ngc collect 3\n"
        "print objects 3\npower a = 3001\narray a i -1\nmemory a 0\nattr P.x{1-2} = 1\n"
        "attr S.x = 1\nattr P.z = 1\ndel p.z\nprint has p.__dict__\nposition g 2\nget a = g[0]\n"
        "extend l d\nupdate d l\nprint count\n";
    struct run *run = malloc(sizeof *run);
    const char *line;
    char number[32];

    (void)state;
    assert_non_null(run);
    run_with(run, script, &wide, 0);
    assert_int_equal(run->status, 0);
    assert_memory_equal(run->output, "count: 10 0 0\n", 14);
    line = strchr(run->output, '\n') + 1;
    for (int i = 15; i <= 68; i++) {
        snprintf(number, sizeof number, "error: line %d: ", i);
        if (i == 62) /* a class's attribute: that it is set is no mistake */
            continue;
        if (strncmp(line, number, strlen(number)) != 0)
            fail_msg("no complaint about line %d, but %.60s", i, line);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "count: 10 0 0\n" END);
    free(run);
}

static void
test_complaints_name_their_object(void **state) {
    (void)state;
    assert_prints("list l\nget a = l[{1+1}]\nrepeat i 1\n  drop a{i}\nend\n"
                  "key l[0] = 1\nweakref w = l\nprint deep l\n",
                  "error: line 2: 2 is no place in it\nerror: line 4: a0 is not bound\n"
                  "error: line 6: l cannot be that: it is of type list\n"
                  "error: line 7: l takes no weak references\ndeep l: 56\n" END);
}

static void
test_script_that_does_not_parse_says_where(void **state) {
    static const struct {
        const char *script, *why;
    } rows[] = {
        {"lost a\n", "1: expected a verb, not 'lost'"},
        {"\n\nlist 5\n", "3: expected a name, not '5'"},
        {"list None\n", "1: expected a name, not 'None'"},
        {"list a =\nlist a = ,\n", "2: expected a value, not ','"},
        {"list a 1\n", "1: expected the end of the line, not '1'"},
        {"int a 1\n", "1: expected =, not '1'"},
        {"int a = b\n", "1: expected a whole number, not 'b'"},
        {"int a = 99999999999999999999\n", "1: expected a number of at most 63 bits, not '99'"},
        {"float a = x\n", "1: expected a number, not 'x'"},
        {"str a = b\n", "1: expected a text in quotes, not 'b'"},
        {"str a = \"b\n", "1: expected a quote at the end of the text, not the end of the line"},
        {"str a = \"\\n\"\n", "1: expected one of \\ \" { } behind the backslash, not 'n\"'"},
        {"str a = \"\xc3\xa4\"\n", "1: expected plain ASCII in a text, not the end of the line"},
        {"print\n", "1: expected what to print, not the end of the line"},
        {"print nothing\n", "1: expected what to print, not 'nothing'"},
        {"gc stop\n", "1: expected what the collector is to do, not 'stop'"},
        {"new a P\n", "1: expected the name of a class from above, not 'P'"},
        {"class P\nlist P\n", "2: expected a name that is no class's, not 'P'"},
        {"class P\nclass P\n", "2: expected a name that is not in use, not 'P'"},
        {"list a\nclass a\n", "2: expected a name that is not in use, not 'a'"},
        {"class P(Q)\n", "1: expected the name of a class from above, not 'Q)'"},
        {"class P slots x x\n", "1: expected a name that the class does not have yet, not 'x'"},
        {"class P slots __x\n",
         "1: expected a name that does not begin with two underscores, not '__x'"},
        {"class P slots weakref weakref\n",
         "1: expected what the class does not have yet, not 'weakref'"},
        {"class P inline 5\n",
         "1: expected names of attributes, weakref, dict or finalizer, not '5'"},
        {"class P finalizer b\n", "1: b is no block of this script"},
        {"repeat i 3\nclass P\nend\n", "2: expected classes outside of loops and blocks, not 'P'"},
        {"array a x 5\n", "1: expected i, q or d, not 'x'"},
        {"attr a.__class__ = 1\n",
         "1: expected a name that does not begin with two underscores, not '__class__'"},
        {"dict d = 1\n", "1: expected a value for each key, not the end of the line"},
        {"closure f =\n", "1: expected cells, not the end of the line"},
        {"list a{i}\n", "1: expected the variable of a loop around this, or a number, not 'i}'"},
        {"repeat i 2\nlist a1{i}\nend\n", "2: expected no digit before {, not '{i}'"},
        {"repeat i 2\nlist a{i}1\nend\n", "2: expected no digit or { behind }, not '1'"},
        {"list a{1}_{1}_{1}_{1}\n", "1: expected at most three numbers in a name, not '{1}'"},
        {"list a{(((1)))}\n", "1: expected at most two parentheses in each other, not '(1)))}'"},
        {"list a{1\n", "1: expected }, not the end of the line"},
        {"list a = self\n", "1: expected self in a block only, not 'self'"},
        {"return 1\n", "1: expected return in a block only, not the end of the line"},
        {"end\n", "1: expected a repeat or block before its end, not the end of the line"},
        {"\nrepeat i 3\n", "2: repeat has no end"},
        {"block b\nrepeat i 3\nend\n", "1: block has no end"},
        {"block b\nend\nblock b\nend\n",
         "3: expected a name that no block has yet, not the end of the line"},
        {"block print\nend\n", "1: expected a name that no block has yet, not the end of the line"},
        {"repeat i 3\nblock b\nend\nend\n",
         "2: expected blocks outside of loops and blocks, not the end of the line"},
        {"repeat 3\n", "1: expected the name of the loop's variable, not '3'"},
        {"finish all\n", "1: expected collect, drop or nothing, not the end of the line"},
        {"function f runs b\n", "1: b is no block of this script"},
        {"weakref w = a wants f\n", "1: expected calls, not 'wants'"},
        {"get a = b\n", "1: expected ., not the end of the line"},
        {"del a[1\n", "1: expected ], not the end of the line"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_refuses(rows[i].script, rows[i].why);
}

/* ---- Limits ------------------------------------------------------------------------------------- */

static void
assert_passes(const char *script, const struct wl_ops_limits *limits, const char *why) {
    struct run *run = malloc(sizeof *run);

    assert_non_null(run);
    run_with(run, script, limits, 0);
    assert_int_equal(run->status, -E2BIG);
    assert_string_equal(run->why, why);
    free(run);
}

static void
test_limits_end_the_script(void **state) {
    static const struct wl_ops_limits narrow = {1000, 500, 5};

    (void)state;
    assert_passes("repeat i 1000000000\nend\n", &narrow,
                  "2: more than 500 statements (ops.steps_max)");
    assert_passes("\nrepeated a = 0 2000\n", &narrow,
                  "2: more than 1000 objects, and items in them (ops.objects_max)");
    assert_passes("repeat i 9\nprint text \"x\"\nend\n", &narrow,
                  "2: more than 5 lines of output (ops.output_max)");
    assert_passes("list a = 1\nrepeat i 100\nextend a a\nend\n", &narrow,
                  "3: more than 1000 objects, and items in them (ops.objects_max)");
    assert_passes("block b\nrepeat i 1000\nend\nend\nclass P finalizer b\nnew a P\ndrop a\n",
                  &narrow, "3: more than 500 statements (ops.steps_max)");
}

static void
test_blocks_in_blocks_end(void **state) {
    struct run *run = malloc(sizeof *run);

    (void)state;
    assert_non_null(run);
    run_with(run, "block b\ncall x = self self\nend\nfunction f runs b\ncall x = f f\n", &wide, 0);
    assert_int_equal(run->status, 0);
    assert_string_equal(run->output,
                        "error: line 2: more than 32 blocks are running in each other\n" END);
    free(run);
}

static void
test_loops_nest_sixteen_deep(void **state) {
    char script[512] = "";

    (void)state;
    for (int i = 0; i < 16; i++)
        strcat(script, "repeat i 1\n");
    strcat(script, "print text \"{i}\"\n");
    for (int i = 0; i < 16; i++)
        strcat(script, "end\n");
    assert_prints(script, "0\n" END);
    script[0] = '\0';
    for (int i = 0; i < 17; i++)
        strcat(script, "repeat i 1\n");
    assert_refuses(script, "17: expected at most 16 loops in each other, not 'i'");
}

static void
test_long_lines_are_refused(void **state) {
    char script[WL_OPS_LINE_BYTES + 8];

    (void)state;
    memset(script, ' ', sizeof script);
    strcpy(script + WL_OPS_LINE_BYTES - 1, "\n");
    assert_prints(script, END);
    strcpy(script + WL_OPS_LINE_BYTES, "\n");
    script[WL_OPS_LINE_BYTES - 1] = ' ';
    assert_refuses(script, "1: a line of more than 4095 characters");
}

/* Each of a script's requests for memory fails once, and nothing breaks. */
static void
test_missing_memory_is_a_line(void **state) {
    static const char script[] =
        "class P inline x finalizer print\nclass S slots y weakref\nblock b\nlist z{n}\nend\n"
        "repeat i 20\nlist a{i} = {i*1000} \"x{i}\"\ndict d = \"k{i}\" a{i}\nset s = a {i}\nnew p "
        "P\n"
        "attr p.x{i} = p\nnew q S\nweakref w = q runs b\nweakset ws\nadd ws q\nweakdict wd\n"
        "key wd[\"k\"] = q\ngenerator g 5 slots 2\nitems l = g\nfunction f runs b\ncall r = f l\n"
        "array v q 100\nappend v 5\nstr t = \"abc\"\ngrow t \"def{i}\"\nprint deep d\nend\n";
    struct run *run = malloc(sizeof *run);

    (void)state;
    assert_non_null(run);
    for (int64_t every = 2; every < 200; every++) {
        run_with(run, script, &wide, every);
        assert_true(run->status == 0 || run->status == -ENOMEM);
    }
    free(run);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycle_is_collected),
        cmocka_unit_test(test_numbers_and_texts_are_made),
        cmocka_unit_test(test_lists_change),
        cmocka_unit_test(test_dicts_and_sets_change),
        cmocka_unit_test(test_arrays_change),
        cmocka_unit_test(test_instances_have_attributes),
        cmocka_unit_test(test_functions_run_blocks),
        cmocka_unit_test(test_generators_give_items),
        cmocka_unit_test(test_generator_does_not_run_in_itself),
        cmocka_unit_test(test_weak_references_tell),
        cmocka_unit_test(test_finalizers_print_drop_and_resurrect),
        cmocka_unit_test(test_class_inherits_its_finalizer),
        cmocka_unit_test(test_collector_is_controlled),
        cmocka_unit_test(test_memory_is_had_without_objects),
        cmocka_unit_test(test_objects_are_looked_at),
        cmocka_unit_test(test_deep_size_counts_each_object_once),
        cmocka_unit_test(test_names_with_braces_are_the_names_written_out),
        cmocka_unit_test(test_expressions_divide_as_python_does),
        cmocka_unit_test(test_end_of_script_can_be_chosen),
        cmocka_unit_test(test_mistakes_say_what_is_wrong_and_cost_nothing),
        cmocka_unit_test(test_complaints_name_their_object),
        cmocka_unit_test(test_script_that_does_not_parse_says_where),
        cmocka_unit_test(test_limits_end_the_script),
        cmocka_unit_test(test_blocks_in_blocks_end),
        cmocka_unit_test(test_loops_nest_sixteen_deep),
        cmocka_unit_test(test_long_lines_are_refused),
        cmocka_unit_test(test_missing_memory_is_a_line),
    };

    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
