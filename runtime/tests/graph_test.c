/* SPDX-License-Identifier: MIT
 *
 * Graphs: what is drawn of known heaps, and that whatever is in a heap comes out as DOT that a parser of DOT's
 * grammar accepts: the one here, and dot itself where it is installed.
 */
#include "runtime/tests/inspected.h"

#include <ctype.h>

/* ---- What is written ---- */

struct picture {
    char *text;
    size_t length;
    int pieces, pieces_max; /* 0: as many as come */
};

static int
append(const char *text, size_t bytes, void *context) {
    struct picture *picture = context;

    assert_int_equal(strlen(text), bytes);
    if (picture->pieces_max != 0 && picture->pieces == picture->pieces_max)
        return -ENOSPC;
    picture->pieces++;
    picture->text = realloc(picture->text, picture->length + bytes + 1);
    assert_non_null(picture->text);
    memcpy(picture->text + picture->length, text, bytes + 1);
    picture->length += bytes;
    return 0;
}

static void
assert_has(const struct picture *picture, const char *text) {
    if (strstr(picture->text, text) == NULL)
        fail_msg("no %s in\n%s", text, picture->text);
}

static void
assert_has_not(const struct picture *picture, const char *text) {
    if (strstr(picture->text, text) != NULL)
        fail_msg("%s is in\n%s", text, picture->text);
}

/* ---- The grammar: graph: 'digraph' ID '{' (stmt ';')* '}', without subgraphs, ports and HTML ---- */

struct parser {
    const char *at;
    int node_count, edge_count;
};

static void
skip_space(struct parser *parser) {
    while (isspace((unsigned char)*parser->at))
        parser->at++;
}

static bool
take(struct parser *parser, const char *token) {
    skip_space(parser);
    if (strncmp(parser->at, token, strlen(token)) != 0)
        return false;
    parser->at += strlen(token);
    return true;
}

static void
expect(struct parser *parser, const char *token) {
    if (!take(parser, token))
        fail_msg("%s expected at: %.40s", token, parser->at);
}

/* A name, or a quoted string of which quotes are escaped, and in which every backslash begins something. */
static void
expect_id(struct parser *parser) {
    const char *begin;

    if (take(parser, "\"")) {
        for (; *parser->at != '"'; parser->at++) {
            assert_true((unsigned char)*parser->at >= ' ');
            if (*parser->at == '\\') {
                parser->at++;
                assert_non_null(strchr("\"\\n", *parser->at));
            }
            assert_true(*parser->at != '\0');
            if (*parser->at == '&')
                assert_true(strncmp(parser->at, "&amp;", 5) == 0);
        }
        parser->at++;
        return;
    }
    skip_space(parser);
    for (begin = parser->at; isalnum((unsigned char)*parser->at) || *parser->at == '_';)
        parser->at++;
    assert_true(parser->at > begin && !isdigit((unsigned char)*begin));
}

static void
expect_attributes(struct parser *parser) {
    if (!take(parser, "["))
        return;
    do {
        expect_id(parser);
        expect(parser, "=");
        if (isdigit((unsigned char)*parser->at)) {
            while (isdigit((unsigned char)*parser->at))
                parser->at++;
        } else {
            expect_id(parser);
        }
    } while (take(parser, ","));
    expect(parser, "]");
}

static struct parser
parse(const struct picture *picture) {
    struct parser parser = {.at = picture->text};

    expect(&parser, "digraph");
    expect_id(&parser);
    expect(&parser, "{");
    while (!take(&parser, "}")) {
        expect_id(&parser);
        if (take(&parser, "->")) {
            expect_id(&parser);
            parser.edge_count++;
        } else {
            parser.node_count++;
        }
        expect_attributes(&parser);
        expect(&parser, ";");
    }
    parser.node_count -= 2; /* the two that say how nodes and edges look */
    skip_space(&parser);
    assert_true(*parser.at == '\0');
    return parser;
}

/* The text of a graph that the grammar accepts. */
static struct picture
draw(struct rt *rt, const struct rt_graph *graph) {
    struct picture picture = {.text = NULL};
    struct test_state before = test_state_read(rt);

    assert_int_equal(rt_graph_write(rt, graph, append, &picture), 0);
    assert_undisturbed(rt, before);
    (void)parse(&picture);
    return picture;
}

/* ---- Known heaps ---- */

/* {'rows': [1000, 'a "b"\\\n&', 1000]} */
static struct rt_object *
make_table(struct rt *rt) {
    struct rt_object *number = test_int(rt, 1000), *dict = rt_dict_new(rt);
    struct rt_object *items[] = {number, rt_str_new(rt, "a \"b\"\\\n&", 8), rt_incref(number)};
    struct rt_object *list = test_list(rt, 3, items), *name = test_name(rt, "rows");

    assert_int_equal(rt_dict_set(rt, dict, name, list), 0);
    rt_decref(rt, name);
    rt_decref(rt, list);
    return dict;
}

static void
test_graph_forward_is_this_text(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = make_table(rt);
    struct picture picture = draw(rt, &(struct rt_graph){.starts = &dict, .start_count = 1});

    (void)state;
    assert_string_equal(picture.text,
                        "digraph references {\n"
                        "  node [shape=box, fontname=\"sans-serif\"];\n"
                        "  edge [fontname=\"sans-serif\", fontsize=10];\n"
                        "  n0 [label=\"dict\\n1 item\\n1 reference from outside\", style=filled, "
                        "fillcolor=\"#ffe08a\", peripheries=2];\n"
                        "  n0 -> n1 [label=\"['rows']\"];\n"
                        "  n1 [label=\"list\\n3 items\"];\n"
                        "  n1 -> n2 [label=\"[2]\"];\n"
                        "  n1 -> n3 [label=\"[1]\"];\n"
                        "  n1 -> n2 [label=\"[0]\"];\n"
                        "  n2 [label=\"int\\n1000\"];\n"
                        "  n3 [label=\"str\\n'a \\\"b\\\"\\\\\\\\n&amp;'\"];\n"
                        "}\n");
    free(picture.text);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_graph_backward_has_each_referrer_once(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = make_table(rt), *name = test_name(rt, "rows"), *number;
    struct picture picture;

    (void)state;
    number = rt_list_get(rt_dict_get(rt, dict, name), 0);
    rt_decref(rt, name);
    picture =
        draw(rt, &(struct rt_graph){.starts = &number, .start_count = 1, .is_backward = true});
    assert_has(&picture, "n0 [label=\"int\\n1000\", style=filled");
    assert_has(&picture, "n1 -> n0 [label=\"[2]\"];\n"); /* the first that a traversal comes by */
    assert_has(&picture, "n2 -> n1 [label=\"['rows']\"];\n");
    assert_has(&picture, "n2 [label=\"dict\\n1 item\\n1 reference from outside\", peripheries=2]");
    assert_int_equal(parse(&picture).node_count, 3);
    assert_int_equal(parse(&picture).edge_count, 2);
    free(picture.text);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_graph_says_how_many_references_are_left_out(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0), *value = test_int(rt, 1000), *lists[12];
    struct rt_graph graph = {.starts = &list, .start_count = 1};
    struct picture picture;

    (void)state;
    for (int i = 0; i < 12; i++) {
        lists[i] = rt_list_pack(rt, &value, 1);
        assert_int_equal(rt_list_append(rt, list, lists[i]), 0);
    }
    picture = draw(rt, &graph);
    assert_has(&picture, "n0_more [label=\"2 more references\", shape=plaintext];\n");
    assert_has(&picture, "n0 -> n0_more");
    assert_int_equal(parse(&picture).node_count, 1 + 10 + 1 + 1);
    free(picture.text);
    graph = (struct rt_graph){
        .starts = &value, .start_count = 1, .is_backward = true, .width_max = 11, .steps_max = 1};
    picture = draw(rt, &graph);
    assert_has(&picture, "n0_more [label=\"1 more referrer\"");
    assert_has(&picture, "n0_more -> n0");
    assert_int_equal(parse(&picture).node_count, 1 + 11 + 1);
    free(picture.text);
    for (int i = 0; i < 12; i++)
        rt_decref(rt, lists[i]);
    rt_decref(rt, value);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_graph_goes_three_steps_or_as_many_as_it_is_told(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *inner = test_int(rt, 1000);
    struct rt_graph graph = {.starts = &inner, .start_count = 1};
    struct picture picture;

    (void)state;
    for (int i = 0; i < 6; i++)
        inner = test_list(rt, 1, &inner);
    picture = draw(rt, &graph);
    assert_int_equal(parse(&picture).node_count, 4);
    assert_has_not(&picture, "1000");
    free(picture.text);
    graph.steps_max = 6;
    picture = draw(rt, &graph);
    assert_int_equal(parse(&picture).node_count, 7);
    assert_has(&picture, "1000");
    free(picture.text);
    rt_decref(rt, inner);
    rt_destroy(rt);
}

static bool
is_no_class(struct rt_object *object, void *context) {
    (void)context;
    return rt_kind(object) != RT_KIND_CLASS;
}

static void
test_graph_leaves_out_what_is_not_to_be_kept(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *class_object = test_class(rt, "Node");
    struct rt_object *instance = rt_instance_new(rt, class_object);
    struct rt_graph graph = {.starts = &instance, .start_count = 1};
    struct picture picture;

    (void)state;
    assert_int_equal(test_set_int(rt, instance, "weight", 1000), 0);
    picture = draw(rt, &graph);
    assert_has(&picture, "n0 -> n2 [label=\".__class__\"]");
    assert_has(&picture, "n2 [label=\"type\\nNode\\n1 reference from outside\", peripheries=2]");
    free(picture.text);
    graph.keep = is_no_class;
    picture = draw(rt, &graph);
    assert_has(&picture, "n0 [label=\"Node\\n1 reference from outside\"");
    assert_has(&picture, "n0 -> n1 [label=\".weight\"]");
    assert_has_not(&picture, "__class__");
    assert_has_not(&picture, "type");
    free(picture.text);
    rt_decref(rt, instance);
    rt_decref(rt, class_object);
    rt_destroy(rt);
}

static void
test_graph_shows_small_values_and_cuts_long_ones(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    static const uint32_t digits[] = {1, 2, 3};
    static const char long_text[] = "0123456789012345678901234567890123456\xc3\xa4\xc3\xa4\xc3\xa4";
    struct rt_object *items[] = {
        rt_incref(rt_none(rt)),
        rt_incref(rt_bool(rt, true)),
        test_int(rt, -1000),
        rt_int_from_digits(rt, false, digits, 3),
        rt_float_new(rt, 0.5),
        rt_float_new(rt, 1e300),
        rt_bytes_new(rt, "\x00\x7f\"\xff", 4),
        rt_str_new(rt, long_text, strlen(long_text)),
        rt_str_new(rt, "\x01\xc3\xa4", 3),
    };
    struct rt_object *list = test_list(rt, RT_COUNT_OF(items), items);
    struct picture picture = draw(rt, &(struct rt_graph){.starts = &list, .start_count = 1});

    (void)state;
    assert_has(&picture, "NoneType\\nNone\\nshared");
    assert_has(&picture, "bool\\nTrue");
    assert_has(&picture, "\"int\\n-1000\"");
    assert_has(&picture, "\"int\\n90 bits\"");
    assert_has(&picture, "\"float\\n0.5\"");
    assert_has(&picture, "\"float\\nlarge\"");
    assert_has(&picture, "\"bytes\\nb'\\\\x00\\\\x7f\\\"\\\\xff'\"");
    assert_has(&picture, "0123456\xc3\xa4...'\""); /* 40 bytes would split the second letter */
    assert_has(&picture, "'\\\\x01\xc3\xa4'");
    free(picture.text);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_graph_of_a_chain_has_its_objects_alone(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = make_table(rt), *name = test_name(rt, "rows"), *number;
    struct picture picture = {.text = NULL};
    struct rt_inspect_objects *chain;

    (void)state;
    number = rt_list_get(rt_dict_get(rt, dict, name), 0);
    assert_int_equal(rt_inspect_backref_chain(rt, number, NULL, &chain), 0);
    assert_int_equal(rt_graph_write_chain(rt, chain, append, &picture), 0);
    assert_int_equal(parse(&picture).node_count, 3);
    assert_int_equal(parse(&picture).edge_count, 2);
    assert_has(&picture, "n0 -> n1 [label=\"['rows']\"]");
    assert_has(&picture, "n1 -> n2 [label=\"[2]\"]");
    assert_has(&picture, "n2 [label=\"int\\n1000\", style=filled");
    free(picture.text);
    rt_inspect_free(rt, chain);
    rt_decref(rt, name);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_graph_ends_when_its_writer_has_enough(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = make_table(rt);
    struct rt_graph graph = {.starts = &dict, .start_count = 1};
    struct picture picture = {.pieces_max = 3};

    (void)state;
    assert_int_equal(rt_graph_write(rt, &graph, append, &picture), -ENOSPC);
    assert_int_equal(picture.pieces, 3);
    free(picture.text);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Any heap ---- */

static bool
is_node(struct rt_object *object, void *context) {
    return test_world_find(context, object) >= 0;
}

/* References of a node and of all that can be reached from it. */
static int
count_forward(const struct test_world *world, int node) {
    bool is_near[TEST_NODES_MAX] = {false};
    int references = 0;

    is_near[node] = true;
    for (int round = 0; round < world->count; round++) {
        for (int i = 0; i < world->edge_count; i++)
            is_near[world->edges[i].to] |= is_near[world->edges[i].from];
    }
    for (int i = 0; i < world->edge_count; i++)
        references += is_near[world->edges[i].from];
    return references;
}

/* Pairs of nodes of which one refers to the other. */
static int
count_pairs(const struct test_world *world) {
    int pairs = 0;

    for (int from = 0; from < world->count; from++) {
        for (int to = 0; to < world->count; to++)
            pairs += test_world_count_edges(world, from, to) > 0;
    }
    return pairs;
}

static void
check_world(struct test_world *world) {
    int node = test_pick(world, world->count);
    struct rt_graph graph = {.starts = &world->nodes[node],
                             .start_count = 1,
                             .steps_max = TEST_NODES_MAX,
                             .width_max = TEST_EDGES_MAX,
                             .keep = is_node,
                             .context = world};
    struct picture picture = draw(world->rt, &graph);

    assert_int_equal(parse(&picture).edge_count, count_forward(world, node));
    free(picture.text);
    graph.starts = world->nodes;
    graph.start_count = (size_t)world->count;
    graph.is_backward = true;
    picture = draw(world->rt, &graph);
    assert_int_equal(parse(&picture).node_count, world->count);
    assert_int_equal(parse(&picture).edge_count, count_pairs(world));
    free(picture.text);
}

static void
test_graph_of_any_heap_is_sound_and_complete(void **state) {
    (void)state;
    test_worlds(check_world);
}

static void
test_graph_of_any_text_is_sound(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (int round = 0; round < 300; round++) {
        uint32_t points[60];
        size_t count = 1 + test_random_below(&random, 60);
        struct rt_object *string, *list, *dict = rt_dict_new(rt);
        struct picture picture;

        for (size_t i = 0; i < count; i++)
            points[i] = (uint32_t)test_random_below(&random, i % 9 == 0 ? 0xd800 : 0x80);
        string = rt_str_from_points(rt, points, count);
        list = test_list(rt, 1, &string);
        assert_int_equal(rt_dict_set(rt, dict, string, list), 0);
        picture = draw(rt, &(struct rt_graph){.starts = &dict, .start_count = 1});
        free(picture.text);
        rt_decref(rt, list);
        rt_decref(rt, dict);
    }
    rt_destroy(rt);
}

static void
test_graph_is_accepted_by_dot(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = make_table(rt);
    struct picture picture = draw(rt, &(struct rt_graph){.starts = &dict, .start_count = 1});
    FILE *dot;

    (void)state;
    if (system("command -v dot >/dev/null 2>&1") == 0) {
        dot = popen("dot -Tcanon >/dev/null", "w");
        assert_non_null(dot);
        assert_int_equal(fwrite(picture.text, 1, picture.length, dot), picture.length);
        assert_int_equal(pclose(dot), 0);
    }
    free(picture.text);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Faults ---- */

static int
attempt_graph(struct rt *rt, void *context) {
    struct picture picture = {.text = NULL};
    int status = rt_graph_write(rt, context, append, &picture);

    assert_true(status == 0 || picture.length == 0);
    free(picture.text);
    return status;
}

static int
attempt_chain(struct rt *rt, void *context) {
    struct picture picture = {.text = NULL};
    int status = rt_graph_write_chain(rt, context, append, &picture);

    assert_true(status == 0 || picture.length == 0);
    free(picture.text);
    return status;
}

static void
test_graph_without_memory_writes_nothing_and_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(test_backends); i++) {
        struct rt *rt = test_create_fallible(test_backends[i]);
        struct rt_object *dict = make_table(rt);
        struct rt_graph graph = {.starts = &dict, .start_count = 1};
        struct rt_inspect_objects *chain;

        test_refuse_each(rt, attempt_graph, &graph, 3 + 2);
        graph.is_backward = true;
        test_refuse_each(rt, attempt_graph, &graph, 3 + 2 + 2);
        assert_int_equal(rt_inspect_backref_chain(rt, dict, NULL, &chain), 0);
        test_refuse_each(rt, attempt_chain, chain, 3 + 2);
        rt_inspect_free(rt, chain);
        rt_decref(rt, dict);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph_forward_is_this_text),
        cmocka_unit_test(test_graph_backward_has_each_referrer_once),
        cmocka_unit_test(test_graph_says_how_many_references_are_left_out),
        cmocka_unit_test(test_graph_goes_three_steps_or_as_many_as_it_is_told),
        cmocka_unit_test(test_graph_leaves_out_what_is_not_to_be_kept),
        cmocka_unit_test(test_graph_shows_small_values_and_cuts_long_ones),
        cmocka_unit_test(test_graph_of_a_chain_has_its_objects_alone),
        cmocka_unit_test(test_graph_ends_when_its_writer_has_enough),
        cmocka_unit_test(test_graph_of_any_heap_is_sound_and_complete),
        cmocka_unit_test(test_graph_of_any_text_is_sound),
        cmocka_unit_test(test_graph_is_accepted_by_dot),
        cmocka_unit_test(test_graph_without_memory_writes_nothing_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
