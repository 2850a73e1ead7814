# SPDX-License-Identifier: MIT
#
# laws.awk FILE...: the laws of the house that a machine can see. Prints `file:line: law: what is
# wrong`, nothing when all is well. Paths are relative to the root of the project.
#
# Code is judged without its comments; words that are judged in every text are written here so that
# they do not match themselves.

FNR == 1 { end_file(); begin_file() }
{ last = $0; lines = FNR; look_at_text($0) }
is_code {
    code = strip_comments($0)
    look_at_code(code)
    look_at_function(code)
}
END { end_file() }

function begin_file() {
    file = FILENAME; sub(/^\.\//, "", file)
    is_code = file ~ /\.(c|h|cc|cpp|hpp|cxx)$/
    is_test = file ~ /(^|\/)tests\//
    in_runtime = file ~ /^runtime\//
    in_workloads = file ~ /^workloads\//
    in_comment = function_line = has_guard = has_licence = 0
    guard = toupper(file); gsub(/[^A-Z0-9]/, "_", guard)
    if (file ~ /\.(cc|cpp|hpp|cxx)$/ && file != "bench/gbench.cc")
        broken(1, "one-cxx", "C++ lives in bench/gbench.cc and nowhere else")
}

function end_file() {
    if (file == "") return
    if (lines > 800) broken(lines, "length", lines " lines; a file has at most 800: two ideas in one room?")
    if (file ~ /\.h$/ && !has_guard) broken(1, "guard", "the guard is to be " guard)
    if (!has_licence && (is_code || file ~ /(\.(sh|awk|gp|py)|meson\.build|^x)$/))
        broken(1, "licence", "an SPDX line stands at the top")
    file = ""
}

function broken(line, law, what) {
    printf "%s:%d: %s: %s\n", file, line, law, what
}

function look_at_text(line) {
    if (FNR <= 2 && line ~ /SPDX-License-Identifier: MIT/) has_licence = 1
    if (line ~ /[ \t\r]$/) broken(FNR, "space", "space at the end of the line")
    if (is_code && line ~ /\t/) broken(FNR, "space", "a tab; the house indents with spaces")
    if (line ~ /(^|[^A-Za-z])(TO[D]O|FIX[M]E|XX[X]|HAC[K])([^A-Za-z]|$)/)
        broken(FNR, "unfinished", "a mark of something unfinished")
    if (line ~ /\/wor[k]\/|\/roo[t]\/|\/hom[e]\/[a-z]|[Ii]ssu[e] #?[0-9]|deb\.debia[n]\.org|pypi\.or[g]|npmj[s]\.(org|com)/)
        broken(FNR, "residue", "a word of some machine or of how this came about")
}

# Takes comments out of a line; keeps strings, in which nothing is a comment.
function strip_comments(line,    result, at) {
    result = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (at == 0) return result
            line = substr(line, at + 2); in_comment = 0
        } else if (match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) {
            at = substr(line, RSTART, 2)
            result = result substr(line, 1, RSTART - 1)
            if (at == "//") return result
            if (at == "/*") in_comment = 1
            else result = result substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
        } else {
            return result line
        }
    }
    return result
}

# True when the code calls or names one of the words (a regular expression).
function names(code, words) {
    return code ~ "(^|[^A-Za-z0-9_])(" words ")([^A-Za-z0-9_]|$)"
}

function calls(code, words) {
    return code ~ "(^|[^A-Za-z0-9_.>])(" words ") *\\("
}

# Code whose strings are empty: words for a person call nothing.
function strip_strings(code) {
    gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
    return code
}

function look_at_code(code) {
    if (code ~ "^#ifndef " guard "$") has_guard = 1

    if (file !~ /^bench\/measure\.[ch]$/ && (names(code, "CLOCK_[A-Z_]+|_*rdtscp?|__builtin_ia32_rdtscp?") || \
            calls(strip_strings(code), "clock_gettime|clock_getres|gettimeofday|timespec_get|clock|time|times|ftime")))
        broken(FNR, "clock", "only bench/measure reads a clock")

    if ((in_runtime || in_workloads) && !is_test && (names(code, "FILE|stdio\\.h|stdout|stderr") || \
            calls(code, "[a-z]*printf|f?puts|f?putc|putchar|perror|fopen|fwrite|fread")))
        broken(FNR, "stdio", "runtime/ and workloads/ do not print and open no files")

    if (calls(code, "s?rand|rand_r|s?random|[a-z]rand48|arc4random[a-z_]*|getrandom|getentropy") || \
            names(code, "random_device|mt19937(_64)?"))
        if (file != "runtime/tests/seed.h")
            broken(FNR, "random", "the only generator is workloads/rng.c (in tests, runtime/tests/seed.h)")

    if (code ~ /^ *# *(el)?if/ && file !~ /^(runtime\/os|bench\/(measure|env|child))\.c$|^bench\/measure\.h$/ && \
            code ~ /linux|__APPLE__|_WIN(32|64)|BSD__|__unix|__GLIBC|__GNU_LIBRARY__|__x86_64|__i386|__aarch64|__arm|__ANDROID__|_MSC_VER/)
        broken(FNR, "platform", "a platform's #if belongs into runtime/os.c or bench/{measure,env,child}.c")

    look_at_include(code)

    # Objects at file scope and static ones inside functions; `const` directly before the name or
    # in front of a plain type makes them harmless, and a signal's flag has nowhere else to be.
    if ((in_runtime || in_workloads) && !is_test && code !~ /const|sig_atomic_t|typedef|extern|\(|^ *static inline/ && \
            code ~ /^( *static )?(_Thread_local |unsigned |signed |struct |enum |union |long )*[a-z_][a-z_0-9]* +\**[a-z_][a-z_0-9]*(\[[^]]*\])*( = .*|;)$/ && \
            (code ~ /^ *static / || code ~ /^[a-z]/) && code !~ /^(return|goto|struct [a-z_0-9]*;|enum [a-z_0-9]*;)/)
        broken(FNR, "global", "state that can change belongs into a context, not into the program")
}

function look_at_include(code,    path) {
    if (code ~ /^ *# *define +RT_INTERNAL/)
        broken(FNR, "inside", "RT_INTERNAL is given by the build, to those who may have it")
    if (code !~ /^ *# *include *"/) return
    path = code; sub(/^[^"]*"/, "", path); sub(/".*/, "", path)
    if (path ~ /^runtime\// && path != "runtime/rt.h" && !in_runtime && file !~ /^bench\/micro\// && \
            !(is_test && path == "runtime/tests/seed.h"))
        broken(FNR, "inside", "outside runtime/ its only header is runtime/rt.h")
    if ((in_runtime && path ~ /^(workloads|bench)\//) || (in_workloads && path ~ /^bench\//))
        broken(FNR, "arrow", "an include points from bench to workloads to runtime, never back")
}

# A function's body opens at the end of a line that starts in column 0 and closes in column 0.
function look_at_function(code) {
    if (function_line && code ~ /^}/) {
        if (FNR - function_line - 1 > 80)
            broken(function_line, "function", FNR - function_line - 1 " lines; a function has at most 80")
        function_line = 0
    } else if (code ~ /^[a-z_].*\) *\{$/)
        function_line = FNR
    else if (code ~ /^ .*\) \{$/ && !function_line && previous ~ /^[a-z_].*[(,]$/)
        function_line = FNR
    if (code ~ /^[^ ]/ || previous !~ /[(,]$/) previous = code
}
