/* SPDX-License-Identifier: MIT
 *
 * gbench.cc: the only C++ in the house; gbench.h says what it does.
 *
 * Three rules keep C and C++ apart.
 * 1. Whatever may throw stands inside guard(), which turns what was thrown into an error; no exception
 *    crosses into C.
 * 2. A benchmark's description lives as long as the closure that the library keeps, and dies with it.
 * 3. A run (struct bench_gbench_state) lives on the stack of its closure: a body cannot keep it.
 *
 * The library checks its callers by aborting; whatever it would abort on is refused here first.
 */
#include "bench/gbench.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

/* Exported by the library, though no header of it says so: the flags after arguments and environment
 * have been read. */
namespace benchmark {
extern std::string FLAGS_benchmark_format;
extern std::string FLAGS_benchmark_out;
extern std::string FLAGS_benchmark_out_format;
} // namespace benchmark

struct bench_gbench {
    benchmark::internal::Benchmark *target = nullptr;
    bench_gbench_body_fn body = nullptr, set_up = nullptr, tear_down = nullptr;
    const void *context = nullptr;
    size_t arg_count = 0; /* of each instance; 0: none said yet */
    bool has_instances = false, has_names = false;
    bool manual_time = false, real_time = false, min_time = false, iterations = false;
};

struct bench_gbench_state {
    benchmark::State &state;
    const struct bench_gbench &benchmark;
};

namespace {

/* Runs `action`; what it throws becomes a negative errno. */
template <class Action>
int
guard(Action action) noexcept {
    try {
        return action();
    } catch (const std::bad_alloc &) {
        return -ENOMEM;
    } catch (...) {
        return -EIO;
    }
}

void
run_body(benchmark::State &state, const struct bench_gbench &benchmark) {
    struct bench_gbench_state run = {state, benchmark};

    if (benchmark.set_up != nullptr)
        benchmark.set_up(&run);
    if (!state.error_occurred())
        benchmark.body(&run);
    if (benchmark.tear_down != nullptr)
        benchmark.tear_down(&run);
}

/* Instances must agree in how many arguments they have, and with the names. */
bool
takes_args(const struct bench_gbench &benchmark, size_t count) {
    return count > 0 &&
           ((!benchmark.has_instances && !benchmark.has_names) || benchmark.arg_count == count);
}

/* The library puts a benchmark's own minimum time into its name, by which results are found again. */
std::vector<benchmark::BenchmarkReporter::Run>
name_plainly(const std::vector<benchmark::BenchmarkReporter::Run> &reports) {
    std::vector<benchmark::BenchmarkReporter::Run> plain = reports;

    for (auto &run : plain)
        run.run_name.min_time.clear();
    return plain;
}

class JsonReporter : public benchmark::JSONReporter {
  public:
    void ReportRuns(const std::vector<Run> &reports) override {
        benchmark::JSONReporter::ReportRuns(name_plainly(reports));
    }
};

/* CSV has the columns of its first report, and the library aborts on a counter that has none. */
BENCHMARK_DISABLE_DEPRECATED_WARNING
class CsvReporter : public benchmark::CSVReporter {
  public:
    void ReportRuns(const std::vector<Run> &reports) override {
        std::vector<Run> known = name_plainly(reports);

        if (columns.empty())
            for (const Run &run : known)
                for (const auto &counter : run.counters)
                    columns.insert(counter.first);
        for (Run &run : known)
            for (auto counter = run.counters.begin(); counter != run.counters.end();)
                counter = columns.count(counter->first) ? ++counter : run.counters.erase(counter);
        benchmark::CSVReporter::ReportRuns(known);
    }

  private:
    std::set<std::string> columns;
};
BENCHMARK_RESTORE_DEPRECATED_WARNING

/* What is shown, what is kept for the caller, and how many runs failed. */
class Reporter : public benchmark::BenchmarkReporter {
  public:
    Reporter(benchmark::BenchmarkReporter *display, std::ostream *kept_stream) : shown(display) {
        SetErrorStream(&complaints);
        if (kept_stream != nullptr) {
            kept.reset(new JsonReporter());
            kept->SetOutputStream(kept_stream);
        }
    }

    bool ReportContext(const Context &context) override {
        return (kept == nullptr || kept->ReportContext(context)) &&
               (shown == nullptr || shown->ReportContext(context));
    }

    void ReportRuns(const std::vector<Run> &reports) override {
        for (const Run &run : reports)
            failed += run.error_occurred && run.run_type == Run::RT_Iteration;
        if (kept != nullptr)
            kept->ReportRuns(reports);
        if (shown != nullptr) {
            shown->ReportRuns(name_plainly(reports));
            std::flush(shown->GetOutputStream());
        }
    }

    void Finalize() override {
        if (kept != nullptr)
            kept->Finalize();
        if (shown != nullptr)
            shown->Finalize();
    }

    std::ostringstream complaints;
    size_t failed = 0;

  private:
    benchmark::BenchmarkReporter *shown;
    std::unique_ptr<benchmark::BenchmarkReporter> kept;
};

/* The reporter for a file; NULL: the library's own will do. */
std::unique_ptr<benchmark::BenchmarkReporter>
make_file_reporter() {
    const std::string &format = benchmark::FLAGS_benchmark_out_format;

    if (!benchmark::FLAGS_benchmark_out.empty() && format == "csv")
        return std::unique_ptr<benchmark::BenchmarkReporter>(new CsvReporter());
    if (!benchmark::FLAGS_benchmark_out.empty() && format == "json")
        return std::unique_ptr<benchmark::BenchmarkReporter>(new JsonReporter());
    return nullptr;
}

void
copy_line(const std::string &text, char *line, size_t bytes) {
    std::string first = text.substr(0, text.find('\n'));
    if (bytes > 0)
        std::snprintf(line, bytes, "%s", first.c_str());
}

int
run_matching(std::ostream *kept, bool quiet, struct bench_gbench_outcome *ret_outcome, char *why,
             size_t why_bytes) {
    std::unique_ptr<benchmark::BenchmarkReporter> csv, file = make_file_reporter();
    benchmark::BenchmarkReporter *shown = nullptr;

    if (!quiet && benchmark::FLAGS_benchmark_format == "csv") {
        csv.reset(new CsvReporter());
        shown = csv.get();
    } else if (!quiet) {
        shown = benchmark::CreateDefaultDisplayReporter();
    }
    Reporter reporter(shown, kept);
    size_t matched = benchmark::RunSpecifiedBenchmarks(&reporter, file.get());
    if (matched == 0) {
        const std::string &complaint = reporter.complaints.str();
        /* The library's own words are good for a bad expression, and long-winded for one without a match. */
        copy_line(complaint.find("compile") != std::string::npos
                      ? complaint
                      : "no benchmark matches the filter (--benchmark_list_tests names them)",
                  why, why_bytes);
        return -EINVAL;
    }
    *ret_outcome = {matched, reporter.failed};
    return 0;
}

/* The library ends the program when it cannot write the file, so look first. */
int
check_out_file(char *why, size_t why_bytes) {
    const std::string &path = benchmark::FLAGS_benchmark_out;

    if (path.empty() || std::ofstream(path, std::ios::app).is_open())
        return 0;
    copy_line("cannot write " + path, why, why_bytes);
    return -EINVAL;
}

} // namespace

/* ---- Describing --------------------------------------------------------------------------------- */

struct bench_gbench *
bench_gbench_add(const char *name, bench_gbench_body_fn body, const void *context) {
    struct bench_gbench *result = nullptr;

    guard([&] {
        auto described = std::make_shared<struct bench_gbench>();
        described->body = body;
        described->context = context;
        described->target = benchmark::RegisterBenchmark(
            name, [described](benchmark::State &state) { run_body(state, *described); });
        result = described.get();
        return 0;
    });
    return result;
}

int
bench_gbench_args(struct bench_gbench *benchmark, const int64_t *values, size_t count) {
    if (!takes_args(*benchmark, count))
        return -EINVAL;
    return guard([&] {
        benchmark->target->Args(std::vector<int64_t>(values, values + count));
        benchmark->arg_count = count;
        benchmark->has_instances = true;
        return 0;
    });
}

int
bench_gbench_range(struct bench_gbench *benchmark, int64_t low, int64_t high, int multiplier) {
    if (!takes_args(*benchmark, 1) || low > high || multiplier < 2)
        return -EINVAL;
    return guard([&] {
        benchmark->target->RangeMultiplier(multiplier)->Range(low, high);
        benchmark->arg_count = 1;
        benchmark->has_instances = true;
        return 0;
    });
}

int
bench_gbench_args_product(struct bench_gbench *benchmark, const struct bench_gbench_list *lists,
                          size_t count) {
    if (!takes_args(*benchmark, count))
        return -EINVAL;
    for (size_t i = 0; i < count; i++)
        if (lists[i].count == 0)
            return -EINVAL;
    return guard([&] {
        std::vector<std::vector<int64_t>> product;
        for (size_t i = 0; i < count; i++)
            product.emplace_back(lists[i].values, lists[i].values + lists[i].count);
        benchmark->target->ArgsProduct(product);
        benchmark->arg_count = count;
        benchmark->has_instances = true;
        return 0;
    });
}

int
bench_gbench_arg_names(struct bench_gbench *benchmark, const char *const *names, size_t count) {
    if (!takes_args(*benchmark, count))
        return -EINVAL;
    return guard([&] {
        benchmark->target->ArgNames(std::vector<std::string>(names, names + count));
        benchmark->arg_count = count;
        benchmark->has_names = true;
        return 0;
    });
}

void
bench_gbench_fixture(struct bench_gbench *benchmark, bench_gbench_body_fn set_up,
                     bench_gbench_body_fn tear_down) {
    benchmark->set_up = set_up;
    benchmark->tear_down = tear_down;
}

int
bench_gbench_use_manual_time(struct bench_gbench *benchmark) {
    if (benchmark->real_time)
        return -EINVAL;
    benchmark->manual_time = true;
    benchmark->target->UseManualTime();
    return 0;
}

int
bench_gbench_use_real_time(struct bench_gbench *benchmark) {
    if (benchmark->manual_time)
        return -EINVAL;
    benchmark->real_time = true;
    benchmark->target->UseRealTime();
    return 0;
}

int
bench_gbench_min_time(struct bench_gbench *benchmark, double seconds, double warm_up_seconds) {
    if (benchmark->iterations || !(seconds > 0) || !(warm_up_seconds >= 0) ||
        !std::isfinite(seconds) || !std::isfinite(warm_up_seconds))
        return -EINVAL;
    benchmark->min_time = true;
    benchmark->target->MinTime(seconds)->MinWarmUpTime(warm_up_seconds);
    return 0;
}

int
bench_gbench_iterations(struct bench_gbench *benchmark, int64_t count) {
    if (benchmark->min_time || count <= 0)
        return -EINVAL;
    benchmark->iterations = true;
    benchmark->target->Iterations(count);
    return 0;
}

int
bench_gbench_repetitions(struct bench_gbench *benchmark, int count) {
    if (count <= 0)
        return -EINVAL;
    benchmark->target->Repetitions(count);
    return 0;
}

int
bench_gbench_unit(struct bench_gbench *benchmark, enum bench_gbench_unit unit) {
    static const benchmark::TimeUnit units[] = {benchmark::kNanosecond, benchmark::kMicrosecond,
                                                benchmark::kMillisecond, benchmark::kSecond};

    if (static_cast<size_t>(unit) >= sizeof units / sizeof units[0])
        return -EINVAL;
    benchmark->target->Unit(units[unit]);
    return 0;
}

/* ---- Running ------------------------------------------------------------------------------------ */

int64_t
bench_gbench_next(struct bench_gbench_state *run) {
    int64_t left = run->state.max_iterations - run->state.iterations();

    /* The library wants to be asked once more than there is work. */
    return run->state.KeepRunningBatch(std::max<int64_t>(left, 1)) ? left : 0;
}

bool
bench_gbench_batch(struct bench_gbench_state *run, int64_t count) {
    return run->state.KeepRunningBatch(std::max<int64_t>(count, 1));
}

int64_t
bench_gbench_arg(const struct bench_gbench_state *run, size_t index) {
    return index < run->benchmark.arg_count ? run->state.range(index) : 0;
}

const void *
bench_gbench_context(const struct bench_gbench_state *run) {
    return run->benchmark.context;
}

int64_t
bench_gbench_iterations_done(const struct bench_gbench_state *run) {
    return run->state.iterations();
}

void
bench_gbench_pause(struct bench_gbench_state *run) {
    if (!run->state.error_occurred())
        run->state.PauseTiming();
}

void
bench_gbench_resume(struct bench_gbench_state *run) {
    if (!run->state.error_occurred())
        run->state.ResumeTiming();
}

void
bench_gbench_took_ns(struct bench_gbench_state *run, uint64_t ns) {
    run->state.SetIterationTime(static_cast<double>(ns) * 1e-9);
}

int
bench_gbench_counter(struct bench_gbench_state *run, const char *name, double value,
                     unsigned kind) {
    using Counter = benchmark::Counter;
    Counter::Flags flags = Counter::kDefaults;

    if (kind & BENCH_GBENCH_RATE)
        flags = flags | Counter::kIsRate;
    if (kind & BENCH_GBENCH_PER_ITERATION)
        flags = flags | Counter::kAvgIterations;
    if (kind & BENCH_GBENCH_INVERTED)
        flags = flags | Counter::kInvert;
    return guard([&] {
        run->state.counters[name] = Counter(value, flags);
        return 0;
    });
}

int
bench_gbench_label(struct bench_gbench_state *run, const char *text) {
    return guard([&] {
        run->state.SetLabel(text);
        return 0;
    });
}

void
bench_gbench_fail(struct bench_gbench_state *run, const char *reason) {
    guard([&] {
        run->state.SkipWithError(reason);
        return 0;
    });
}

bool
bench_gbench_failed(const struct bench_gbench_state *run) {
    return run->state.error_occurred();
}

/* ---- The program -------------------------------------------------------------------------------- */

/* What the library calls when a flag's value is none of the few it knows; it would end the program
 * with status 0 after this. */
static void
refuse_flag() {
    std::fputs(
        "gcsweep: bench: a --benchmark_... flag has an unknown value (formats are console, json "
        "and csv; time units ns, us, ms and s)\n",
        stderr);
    std::_Exit(2);
}

int
bench_gbench_init(int *argc, char **argv) {
    return guard([&] {
        /* What it says about a bad value comes before the caller's own line about it. */
        std::ostringstream complaints;
        std::streambuf *before = std::cerr.rdbuf(complaints.rdbuf());
        benchmark::Initialize(argc, argv, refuse_flag);
        std::cerr.rdbuf(before);
        return 0;
    });
}

int
bench_gbench_add_context(const char *key, const char *value) {
    return guard([&] {
        auto *context = benchmark::internal::GetGlobalContext();
        if (context != nullptr && context->count(key) > 0)
            return -EEXIST;
        benchmark::AddCustomContext(key, value);
        return 0;
    });
}

int
bench_gbench_run(const char *results_path, bool quiet, struct bench_gbench_outcome *ret_outcome,
                 char *why, size_t why_bytes) {
    return guard([&] {
        std::ofstream kept;
        int error = check_out_file(why, why_bytes);

        if (error == 0 && results_path != nullptr) {
            kept.open(results_path);
            if (!kept.is_open()) {
                copy_line(std::string("cannot write ") + results_path, why, why_bytes);
                error = -EINVAL;
            }
        }
        if (error != 0)
            return error;
        return run_matching(kept.is_open() ? &kept : nullptr, quiet, ret_outcome, why, why_bytes);
    });
}

void
bench_gbench_clear(void) {
    auto *&context = benchmark::internal::GetGlobalContext();

    benchmark::ClearRegisteredBenchmarks();
    delete context;
    context = nullptr; /* the library's own Shutdown leaves it dangling */
}
