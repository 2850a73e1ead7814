/* SPDX-License-Identifier: MIT
 *
 * verbs/gate.c: `gcsweep gate`: may this change go in?
 *
 * The call is checked as a whole, baseline and rules included, before anything runs. What an earlier gate left in the
 * folder is taken away then, so that nobody takes its verdict for this one's.
 */
#include "bench/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/compare.h"
#include "bench/gate.h"
#include "bench/gate/leave.h"
#include "bench/gate/run.h"
#include "bench/metric.h"
#include "bench/option.h"
#include "bench/say.h"
#include "bench/target.h"

extern const struct bench_verb bench_verb_gate;

enum {
    BASELINE,
    SUITE,
    AGAINST,
    REPS,
    FAIL_ON,
    OUT,
    NO_REPORT,
    ACCEPT,
    PROGRESS,
    JSON
};

static const struct bench_option options[] = {
    [BASELINE] = {"--baseline", true},
    [SUITE] = {"--suite", true},
    [AGAINST] = {"--against", true},
    [REPS] = {"--reps", true},
    [FAIL_ON] = {"--fail-on", true},
    [OUT] = {"--out", true},
    [NO_REPORT] = {"--no-report", false},
    [ACCEPT] = {"--accept", false},
    [PROGRESS] = {"--progress", true},
    [JSON] = {"--json", false},
    {NULL, false},
};

enum {
    WHY_BYTES = 1024,
    COMMAND_BYTES = 2048
};

static const char default_baseline[] = "results/BASELINE", default_suite[] = "ci";

struct call {
    const char *baseline_path, *suite, *against, *out; /* NULL: not said */
    uint64_t repetitions;
    struct bench_compare_rule *rules; /* argc of them at most */
    size_t rule_count;
    bool accept, no_report, json;
    enum bench_progress_mode progress;
    struct bench_gate_baseline baseline;
    bool has_baseline;
    char command[COMMAND_BYTES], argument[COMMAND_BYTES];
};

/* ---- The call --------------------------------------------------------------------------------------- */

static bool
names_metric(const struct bench_compare_rule *rule, bool is_deterministic) {
    for (int i = 0; i < bench_metric_count(); i++) {
        struct bench_store_metric row = bench_metric_row((enum bench_metric)i);
        if (row.deterministic == is_deterministic &&
            bench_gate_rule_matches(rule, row.name, is_deterministic))
            return true;
    }
    return false;
}

static int
take_rule(struct call *call, const char *text) {
    struct bench_compare_rule *rule = &call->rules[call->rule_count++];
    char why[WHY_BYTES];

    if (bench_compare_rule_parse(text, rule, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", why);
    if (!names_metric(rule, true) && !names_metric(rule, false))
        return bench_say(BENCH_STATUS_USAGE,
                         "--fail-on %s: there is no such metric (gcsweep list metrics shows all)",
                         text);
    return BENCH_STATUS_DONE;
}

static int
take_option(struct call *call, int option, const char *value) {
    bool good = true;

    switch (option) {
    case BASELINE:
        call->baseline_path = value;
        break;
    case SUITE:
        call->suite = value;
        break;
    case AGAINST:
        call->against = value;
        break;
    case REPS:
        good = bench_option_number("--reps", value, 1, BENCH_SUITE_REPETITIONS_MAX,
                                   &call->repetitions);
        break;
    case FAIL_ON:
        return take_rule(call, value);
    case OUT:
        call->out = value;
        break;
    case NO_REPORT:
        call->no_report = true;
        break;
    case ACCEPT:
        call->accept = true;
        break;
    case PROGRESS:
        good = bench_progress_parse(value, &call->progress);
        break;
    case JSON:
        call->json = true;
        break;
    case BENCH_OPTION_WORD:
        return bench_say(BENCH_STATUS_USAGE,
                         "gate takes no words such as %s: the suite is --suite %s", value, value);
    default:
        return BENCH_STATUS_USAGE;
    }
    return good ? BENCH_STATUS_DONE : BENCH_STATUS_USAGE;
}

/* Options that do not go together, and rules that nothing could break. */
static int
check_call(struct call *call) {
    if (call->accept && (call->against != NULL || call->rule_count > 0 || call->repetitions > 1))
        return bench_say(BENCH_STATUS_USAGE, "--accept takes no --against, --fail-on or --reps: "
                                             "one block says what is counted");
    for (size_t i = 0; i < call->rule_count; i++)
        if (call->against == NULL && !names_metric(&call->rules[i], true))
            return bench_say(BENCH_STATUS_USAGE,
                             "--fail-on %s: times need something to be compared with in the same "
                             "blocks: --against PROGRAM",
                             call->rules[i].text);
    if (call->out != NULL && call->out[0] == '\0')
        return bench_say(BENCH_STATUS_USAGE, "--out needs the name of a folder");
    return BENCH_STATUS_DONE;
}

static int
read_call(struct call *call, int argc, char **argv) {
    struct bench_option_reader reader;
    int option, status = BENCH_STATUS_DONE;

    snprintf(call->command, sizeof call->command, "gcsweep");
    for (int i = 0; i < argc; i++) {
        size_t length = strlen(call->command);
        snprintf(call->command + length, sizeof call->command - length, " %s", argv[i]);
    }
    bench_option_init(&reader, options, argc, argv);
    while (status == BENCH_STATUS_DONE && (option = bench_option_next(&reader)) != BENCH_OPTION_END)
        status = take_option(call, option, reader.value);
    return status == BENCH_STATUS_DONE ? check_call(call) : status;
}

/* ---- The baseline ----------------------------------------------------------------------------------- */

static const char *
baseline_path(const struct call *call) {
    return call->baseline_path == NULL ? default_baseline : call->baseline_path;
}

/* One that cannot be read, such as after a merge with conflicts, can be accepted anew; but not one that a newer
 * program has written. */
static int
find_baseline(struct call *call) {
    char why[WHY_BYTES];
    int error = bench_gate_baseline_read(&call->baseline, baseline_path(call), why, sizeof why);

    call->has_baseline = error == 0;
    if (error == 0)
        return BENCH_STATUS_DONE;
    if (error == -ENOENT &&
        (call->accept || (call->against != NULL && call->baseline_path == NULL)))
        return BENCH_STATUS_DONE;
    if (error == -ENOENT)
        return bench_say(BENCH_STATUS_USAGE,
                         "%s: there is no baseline; make one with: gcsweep gate --accept, or "
                         "compare with another program: --against PROGRAM",
                         baseline_path(call));
    if (error != -EINVAL || !call->accept)
        return bench_say(BENCH_STATUS_USAGE, "%s", why);
    bench_say(0, "note: %s; it is made anew", why);
    return BENCH_STATUS_DONE;
}

static int
check_suite(const struct call *call, const char *name) {
    char data[WHY_BYTES];
    struct bench_suite suite;
    struct rt_text why;
    int status = BENCH_STATUS_DONE;

    rt_text_init(&why, data, sizeof data);
    if (call->accept || !call->has_baseline || bench_suite_load(&suite, name, &why) != 0)
        return status; /* or it will be said when it is to run */
    if (strcmp(suite.name, call->baseline.suite) != 0)
        status = bench_say(BENCH_STATUS_USAGE,
                           "%s is of suite %s, not of %s: give each suite a --baseline of its own",
                           call->baseline.path, call->baseline.suite, suite.name);
    bench_suite_fini(&suite);
    return status;
}

/* What has to be said to get here again, behind "gate --accept". */
static void
put_argument(struct call *call) {
    if (call->baseline_path != NULL)
        snprintf(call->argument, sizeof call->argument, " --baseline %s", call->baseline_path);
    size_t length = strlen(call->argument);
    if (call->suite != NULL)
        snprintf(call->argument + length, sizeof call->argument - length, " --suite %s",
                 call->suite);
}

/* ---- Accepting -------------------------------------------------------------------------------------- */

static size_t
count_counts(const struct bench_gate_baseline *baseline) {
    size_t count = 0;
    for (size_t i = 0; i < baseline->config_count; i++)
        count += baseline->configs[i].count_count;
    return count;
}

/* What is new against the old one, in numbers. */
static int
tell_accepted(const struct call *call, const struct bench_gate_baseline *now) {
    struct bench_gate gate = {.base = NULL};

    if (call->has_baseline &&
        bench_gate_judge(&gate, &call->baseline, true, now, NULL, NULL, 0) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    if (call->json) {
        json_t *counts = json_object();
        for (int kind = 0; call->has_baseline && kind < BENCH_GATE_KIND_COUNT; kind++)
            json_object_set_new(counts, bench_gate_kind_word((enum bench_gate_kind)kind),
                                json_integer((json_int_t)gate.of[kind]));
        bench_target_print_json(json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "schema",
                                          "gcsweep.gate-accept/1", "baseline", baseline_path(call),
                                          "suite", now->suite, "configurations",
                                          (json_int_t)now->config_count, "counters",
                                          (json_int_t)count_counts(now), "counts", counts));
    } else {
        printf("accepted: %zu counters of %zu configurations of %s, in %s\n", count_counts(now),
               now->config_count, now->suite, baseline_path(call));
        if (call->has_baseline)
            printf("against the one before: %zu answers changed, %zu counters worse, %zu changed, "
                   "%zu better, %zu new, %zu lost; configurations: %zu new, %zu gone, %zu not "
                   "comparable\n",
                   gate.of[BENCH_GATE_ANSWER], gate.of[BENCH_GATE_WORSE],
                   gate.of[BENCH_GATE_CHANGED], gate.of[BENCH_GATE_BETTER], gate.of[BENCH_GATE_NEW],
                   gate.of[BENCH_GATE_LOST], gate.of[BENCH_GATE_UNKNOWN], gate.of[BENCH_GATE_GONE],
                   gate.of[BENCH_GATE_OTHER]);
    }
    bench_gate_fini(&gate);
    return BENCH_STATUS_DONE;
}

/* Says of each cell that did not finish why; nothing is accepted then. */
static int
refuse_trouble(const struct bench_gate_baseline *now) {
    int status = BENCH_STATUS_DONE;

    for (size_t i = 0; i < now->config_count; i++)
        if (now->configs[i].trouble != NULL)
            status = bench_say(BENCH_STATUS_NO, "nothing is accepted: %s: %s", now->configs[i].name,
                               now->configs[i].trouble);
    return status;
}

static bool
is_unchanged(const struct call *call, const struct bench_gate_baseline *now) {
    struct bench_gate gate;
    bool unchanged = call->has_baseline && strcmp(call->baseline.suite, now->suite) == 0 &&
                     call->baseline.seed == now->seed &&
                     bench_gate_judge(&gate, &call->baseline, true, now, NULL, NULL, 0) == 0;

    if (!unchanged)
        return false;
    unchanged = gate.row_count == 0;
    bench_gate_fini(&gate);
    return unchanged;
}

static int
accept_run(struct call *call, const struct bench_gate_baseline *now) {
    struct bench_output output;
    char why[WHY_BYTES];
    int status = refuse_trouble(now);

    if (status != BENCH_STATUS_DONE)
        return status;
    if (is_unchanged(call, now)) {
        if (call->json)
            return tell_accepted(call, now);
        printf("nothing changed: %s stays as it is\n", baseline_path(call));
        return BENCH_STATUS_DONE;
    }
    if (bench_output_open(&output, baseline_path(call), /* replaces */ true, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", why);
    bench_gate_baseline_write(now, output.file);
    if (bench_output_finish(&output, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s", why);
    return tell_accepted(call, now);
}

/* ---- Judging ---------------------------------------------------------------------------------------- */

/* Few, since each that is looked at makes the others less sure; and what the rules name. */
static const char timed_metrics[] = "wall_ns,cpu_ns,latency_p99_ns,peak_rss_bytes";

/* The rules that speak of something measured; what is counted is judged apart. */
static size_t
take_timed_rules(const struct call *call, struct bench_compare_rule *ret_rules, char *ret_metrics,
                 size_t bytes) {
    size_t count = 0, length;

    snprintf(ret_metrics, bytes, "%s", timed_metrics);
    for (size_t i = 0; i < call->rule_count; i++) {
        if (!names_metric(&call->rules[i], false))
            continue;
        ret_rules[count++] = call->rules[i];
        length = strlen(ret_metrics);
        if (strcmp(call->rules[i].pattern, "timed") != 0)
            snprintf(ret_metrics + length, bytes - length, ",%s", call->rules[i].pattern);
    }
    return count;
}

static int
compare_times(const struct call *call, const char *path, struct bench_compare *ret_times) {
    struct bench_compare_options asked = bench_compare_defaults();
    struct bench_compare_rule *rules = calloc(call->rule_count + 1, sizeof *rules);
    char base[BENCH_RUN_FILE_PATH_BYTES + 32], now[BENCH_RUN_FILE_PATH_BYTES + 32];
    char metrics[COMMAND_BYTES], why[WHY_BYTES];
    int error = rules == NULL ? -ENOMEM : 0;
    size_t count;

    snprintf(base, sizeof base, "%s:engine=" BENCH_GATE_BASE, path);
    snprintf(now, sizeof now, "%s:engine=" BENCH_GATE_ENGINE, path);
    snprintf(why, sizeof why, "out of memory");
    if (error == 0) {
        count = take_timed_rules(call, rules, metrics, sizeof metrics);
        asked.metrics = metrics;
        error = bench_compare_read(base, now, &asked, ret_times, why, sizeof why);
    }
    if (error == 0) {
        error = bench_compare_judge(ret_times, rules, count, why, sizeof why);
        if (error != 0)
            bench_compare_fini(ret_times);
    }
    free(rules);
    return error == 0 ? BENCH_STATUS_DONE : bench_say(BENCH_STATUS_ENVIRONMENT, "%s", why);
}

static int
print_verdict(const struct call *call, const struct bench_gate *gate,
              const struct bench_gate_places *places) {
    const char *actions = getenv("GITHUB_ACTIONS");

    if (!call->json)
        bench_gate_text_write(gate, places, stdout);
    else if (bench_gate_json_write(gate, places, stdout) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "standard output cannot be written");
    if (actions != NULL && strcmp(actions, "true") == 0)
        bench_gate_annotations_write(gate, call->json ? stderr : stdout);
    return gate->is_red ? BENCH_STATUS_NO : BENCH_STATUS_DONE;
}

static int
judge_run(struct call *call, const struct bench_gate_run *run, struct bench_gate_leave *leave,
          const struct bench_gate_baseline *base, const struct bench_gate_baseline *now) {
    struct bench_compare times;
    bool has_times = false;
    struct bench_gate gate;
    int status = BENCH_STATUS_DONE, left;

    if (call->against != NULL) {
        status = compare_times(call, run->path, &times);
        has_times = status == BENCH_STATUS_DONE;
    }
    if (status != BENCH_STATUS_DONE)
        return status;
    if (bench_gate_judge(&gate, base, call->has_baseline, now, has_times ? &times : NULL,
                         call->rules, call->rule_count) != 0)
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    else {
        left = bench_gate_leave_all(leave, &gate, call->no_report);
        status = print_verdict(call, &gate, &leave->places);
        status = status == BENCH_STATUS_DONE ? left : status;
        bench_gate_fini(&gate);
    }
    if (has_times)
        bench_compare_fini(&times);
    return status;
}

/* The base is the file, or without one what the other program counted. */
static int
take_and_judge(struct call *call, const struct bench_gate_run *run,
               struct bench_gate_leave *leave) {
    struct bench_gate_baseline now, other = {.path = NULL};
    char why[WHY_BYTES];
    int status = BENCH_STATUS_DONE;

    if (bench_gate_baseline_take(&now, run->store, &run->plan, &run->ran, BENCH_GATE_ENGINE, why,
                                 sizeof why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "%s", why);
    if (call->accept)
        status = accept_run(call, &now);
    else if (call->has_baseline)
        status = judge_run(call, run, leave, &call->baseline, &now);
    else if (bench_gate_baseline_take(&other, run->store, &run->plan, &run->ran, BENCH_GATE_BASE,
                                      why, sizeof why) != 0)
        status = bench_say(BENCH_STATUS_USAGE, "%s", why);
    else
        status = judge_run(call, run, leave, &other, &now);
    bench_gate_baseline_fini(&other);
    bench_gate_baseline_fini(&now);
    return status;
}

static int
gate(struct call *call) {
    struct bench_gate_run run = {.against = call->against,
                                 .command = call->command,
                                 .repetitions = call->repetitions,
                                 .progress = call->progress};
    struct bench_gate_leave leave;
    int status = find_baseline(call);

    if (status != BENCH_STATUS_DONE)
        return status;
    run.suite = call->suite != NULL  ? call->suite
                : call->has_baseline ? call->baseline.suite
                                     : default_suite;
    run.seed = call->has_baseline ? call->baseline.seed : 1; /* as sweep has it */
    put_argument(call);
    status = check_suite(call, run.suite);
    if (status == BENCH_STATUS_DONE)
        status = bench_gate_leave_begin(&leave, call->out);
    if (status != BENCH_STATUS_DONE)
        return status;
    leave.places.baseline = call->has_baseline ? call->baseline.path : NULL;
    leave.places.suite_argument = call->argument;
    run.path = leave.run;
    status = bench_gate_run_all(&run);
    if (status != BENCH_STATUS_DONE)
        return status;
    status = take_and_judge(call, &run, &leave);
    bench_gate_run_fini(&run);
    return status;
}

static int
run_gate(int argc, char **argv) {
    struct call call = {.accept = false};
    int status;

    call.rules = calloc((size_t)argc, sizeof *call.rules);
    if (call.rules == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    status = read_call(&call, argc, argv);
    if (status == BENCH_STATUS_DONE)
        status = gate(&call);
    if (call.has_baseline)
        bench_gate_baseline_fini(&call.baseline);
    free(call.rules);
    return status;
}

const struct bench_verb bench_verb_gate = {
    .name = "gate",
    .summary = "say whether a change may go in: counters against what was accepted, times beside",
    .help =
        "usage: gcsweep gate [--baseline FILE] [--suite SUITE] [--against PROGRAM]\n"
        "                    [--fail-on RULE]... [--reps N] [--out DIR] [--no-report] [--json]\n"
        "       gcsweep gate --accept [--baseline FILE] [--suite SUITE]\n"
        "\n"
        "For continuous integration. Runs the suite of the baseline and compares what is counted\n"
        "(allocations, bytes, collections, objects examined, the answers) with the baseline, "
        "number\n"
        "by number: those do not depend on the machine. With --against, times are compared with\n"
        "those of another gcsweep, such as one of the commit that a branch began from, which runs "
        "in\n"
        "the same blocks.\n"
        "\n"
        "Red, with status 1: an answer or a counter changed, unless it got better; a configuration "
        "is\n"
        "missing or not in the baseline; a cell failed; a rule of --fail-on is broken. What got "
        "slower\n"
        "warns. What got better is told, and wants to be accepted.\n"
        "\n"
        "  --accept            run, and make the result the baseline. Commit it with the change: "
        "its\n"
        "                      difference shows which counters moved. Nothing is accepted if a "
        "cell\n"
        "                      fails\n"
        "  --baseline FILE     results/BASELINE, unless given. Without any, --against is the base "
        "of\n"
        "                      the counters, too\n"
        "  --suite SUITE       a suite's name or file; unless given, that of the baseline, or ci\n"
        "  --against PROGRAM   the path of the other gcsweep\n"
        "  --fail-on RULE      also red: METRIC>5% (surely more, and by more than 5 %), "
        "METRIC<5%,\n"
        "                      METRIC!= (any change), METRIC (surely worse). METRIC may have * and "
        "?,\n"
        "                      or be timed or deterministic. May be given several times\n"
        "  --reps N            blocks: 1, or 10 with --against\n"
        "  --out DIR           where to leave gate.db (the run), gate.md, junit.xml, report.html "
        "and\n"
        "                      charts/*.png; results/gate, unless given. An earlier gate's are "
        "replaced\n"
        "  --no-report         leave no report and no charts: faster, and needs no gnuplot\n"
        "  --progress WHEN     auto, always or never\n"
        "  --json              print one JSON document\n"
        "\n"
        "GITHUB_STEP_SUMMARY   if set, a file to which gate.md is appended\n"
        "GITHUB_ACTIONS        if true, what is red or warns is annotated, in 10 lines at most\n"
        "\n"
        "Examples:\n"
        "  gcsweep gate\n"
        "  gcsweep gate --against ../base/build/gcsweep --fail-on 'cpu_ns>10%'\n"
        "  gcsweep gate --accept && git commit results/BASELINE\n"
        "\n"
        "Exit status: 0 green; 1 red; 2 the call or the baseline is wrong; 3 the environment "
        "lacks\n"
        "something, such as gnuplot for the report; 130 interrupted.\n",
    .run = run_gate,
};
