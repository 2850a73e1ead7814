#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# What Python's csv module makes of odd files, as JSON that the tests of workloads/csv_read.c compare with.
#
#   csv_corpus.py >data/csv_corpus.json   makes the corpus again
#   csv_corpus.py FILE...                 reads those files instead
#
# Bytes are written as the characters of the same numbers. Each row says on which line it begins, and whether
# the module in its strict mode refuses it.
import csv
import io
import json
import math
import re
import sys

FILES = [
    b"", b"\n", b"\r\n", b"\r", b"a", b"a\n", b"a\r\n", b"a\r", b"a,b\nc,d", b"\n\n\na\n\n", b"a\r\rb\r\n\r\nc",
    b"a\n\rb", b"a\r\n\n\rb", b",", b",,\n,", b",\r\n,\r\n", b"a,\n,b\n", b" a , b \n", b"a\tb;c|d\n",
    # quotes
    b'""', b'""\n', b'"",""\n', b'"a","b"\n', b'"a,b",c\n', b'"a""b"\n', b'""""\n', b'""""""\n', b'"a"""\n',
    b'"""a"\n', b'"a""","""b",""""""\n', b'a,"b\nc",d\n', b'"a\r\nb"\r\n"c\rd"\r', b'"\n"\n"\r"\r"\r\n"\r\n',
    b'"a\n\n\nb"\nc\n', b'a"b"c,d""e\n', b'a"\n', b'5" pipe,"5"" pipe"\n', b' "a,b"\n', b'"a" ,b\n',
    b'"a"b,c\n', b'"a"b"c",d\n', b'"a"b""c"\n', b'"a" "b,c"\n', b'"a"\t\n', b'""a\n', b'"""a""b"c"d\n',
    b'"a""b"c""d,"e\n', b'"a\n', b'"a', b'"', b'"""', b'""""', b'a,"', b'a,"b""', b'a,"b\nc\r\nd\re', b'"a,b\n\n',
    b'a\n"b', b'"a"\n"', b'"a"\r"b"\r', b'"a"\r\n"b"\r\n', b'"",\n', b',""\n', b'"\r', b'"\r\n', b'"a"x\r\n"b"\n',
    b'"a\r"\n"b\r\n"c\n', b'"x""\n""y"\nz\n', b"'a,b','c'\n", b'\\"a,b\\"\n', b'"a\\"b",c\n', b'"a"x"y\nb,c\n',
    # text
    b"\xef\xbb\xbfid,name\n1,x\n", b'\xef\xbb\xbf"id",name\n', "ä,ö\n\"ü,\u20ac\",\U0001f600\n".encode(),
    "na\u00efve,\u985e,\u017c\u00f3\u0142w\r\n".encode(), "a\u0085b,c\u2028d,e\u000bf,g\u000ch\n".encode(), b"a\x00b,\x00\n\x00",
    b'"\x00",\x01\x7f\n', b"\x80,a\n", b"a,\xc3\n", b"\xc3\xa4\xc3,b\n", b"\xed\xa0\x80\n", b"\xc0\xaf,\xe0\x9f\xbf\n",
    b"\xf4\x90\x80\x80\n\xf4\x8f\xbf\xbf\n", b'"\xff",a\nb\n', b'ok\n"\xe2\x82"\nok\n', b"\xf0\x8f\xbf\xbf\n\xf0\x90\x80\x80",
    b"\xff,a\n1,2\n", b"1,2\n\xff,a\n", b"12345678,\xc3\xa4\n", b"1234567,\xc3\n", b"!\"#$%&'()*+,-./\n \"!\n",
    # sizes around those of words and buffers
    b"1234567,1234567,1234567\n", b"12345678,12345678\n", b"123456789\n12345678\n1234567\n", b"," * 200 + b"\n",
    b"\n".join(b"x" * i for i in range(40)), b"\r\n".join(b'"' + b"y" * i + b'"' for i in range(40)),
    b",".join(b'"' + b'""' * i + b'"' for i in range(40)), b"a" * 3000 + b"," + b"b" * 3000 + b"\n",
    b'"' + b'a""' * 1500 + b'"\n' + b"c,d\n" * 300, b"id,category,value\r\n" + b"".join(b"%d,c%d,%d.25\r\n" % (i, i % 7, i) for i in range(300)),
    b"".join(b'%d,"c ""%d""","line\n%d"\n' % (i, i % 7, i) for i in range(200)),
]

NUMBERS = [
    "0", "-0", "+0", "1", "-1", "+1", "12.5", "1234.25", "1234.56", ".5", "5.", "-.5", "+.5e1", "1e3", "1E3", "1e+3", "1e-3",
    "1.5e300", "1e308", "1.8e308", "-1e400", "1e-400", "5e-324", "2e-324", "0e999999999999", "1e22", "1e23", "123456789012345e22",
    "999999999999999", "9999999999999999", "9007199254740993", "0.1", "0.2", "0.30000000000000004", "123456789.123456789",
    "0.000001", "1e-22", "1e-23", "3.14159265358979", "3.141592653589793238462643", "000012.50", "0" * 30 + "7", "7" + "0" * 30,
    "", "+", "-", ".", "-.", "e5", "1e", "1e+", "1e-", "1.2.3", "1,5", "1x", "x1", "0x10", "1-2", "--1", "+-1", "1e5.5", "1 2", "n/a", "1e5e5",
    "1.", "1.e2", ".e2",
]


def read_strictly(text, start, end):
    """Whether the lines from start to end are taken by the strict mode."""
    lines = list(io.StringIO(text, newline=""))[start - 1 : end]
    try:
        list(csv.reader(lines, strict=True))
    except csv.Error:
        return False
    return True


def read(data):
    text = data.decode("utf-8", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    rows, begins = [], 1
    for row in reader:
        raw = [field.encode("utf-8", "surrogateescape") for field in row]
        rows.append({"line": begins, "strict": read_strictly(text, begins, reader.line_num),
                     "fields": [field.decode("latin-1") for field in raw]})
        begins = reader.line_num + 1
    return {"bytes": data.decode("latin-1"), "rows": rows}


def number(text):
    """What float() says, of what we take; as C writes it, so that nothing is lost."""
    is_number = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
    value = float(text) if is_number else None
    return {"text": text, "value": None if value is None else "inf" if value == math.inf else
            "-inf" if value == -math.inf else value.hex()}


def main(paths):
    csv.field_size_limit(1 << 26)
    files = [open(path, "rb").read() for path in paths] if paths else FILES
    corpus = {"files": [read(data) for data in files]}
    if not paths:
        corpus["numbers"] = [number(text) for text in NUMBERS]
    lines = json.dumps(corpus, separators=(",", ":")).replace('{"bytes"', '\n{"bytes"').replace('{"text"', '\n{"text"')
    sys.stdout.write(lines + "\n")


main(sys.argv[1:])
