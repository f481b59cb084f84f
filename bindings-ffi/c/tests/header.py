#!/usr/bin/env python3
"""Holds include/arvo.h against the library, and writes C from it for the unit tests.

header.py check LIBRARY      every prototype is exported, every export has a prototype, and both agree on each
                             argument, result and field (the Rust sources are read for that)
header.py generate FOLDER    called.h: macros that count the calls of each function, so that the tests can say which
                             none has called; nulls.c: a call of each function without any argument
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent
HANDLES = {
    "Text": "arvo_text",
    "Surroundings": "arvo_environment",
    "EventHandle": "arvo_event",
    "Json": "arvo_value",
    "SchemaHandle": "arvo_schema",
    "ContractHandle": "arvo_contract",
    "VersionHandle": "arvo_contract_version",
    "BuilderHandle": "arvo_contract_builder",
    "HandlerBuilder": "arvo_handler_builder",
    "HandlerHandle": "arvo_handler",
    "Input": "arvo_input",
    "Outputs": "arvo_outputs",
    "Events": "arvo_events",
    "ExecutionHandle": "arvo_execution",
    "ExpressionHandle": "arvo_expression",
    "Failure": "arvo_error",
    "ResumableBuilder": "arvo_resumable_builder",
    "ResumableHandle": "arvo_resumable",
    "Next": "arvo_resumed",
    "MachineBuilder": "arvo_machine_builder",
    "MachineHandle": "arvo_machine",
    "Args": "arvo_args",
    "Actions": "arvo_actions",
    "OrchestratorBuilder": "arvo_orchestrator_builder",
    "OrchestratorHandle": "arvo_orchestrator",
    "ChartHandle": "arvo_chart",
    "MemoryHandle": "arvo_memory",
    "BrokerHandle": "arvo_broker",
    "ErrandHandle": "arvo_errand",
    "StoreHandle": "arvo_store",
    "WorkerHandle": "arvo_worker",
    "SuiteHandle": "arvo_suite",
}
PLAIN = {
    "Status": "arvo_status",
    "Str": "arvo_str",
    "bool": "bool",
    "usize": "size_t",
    "i64": "int64_t",
    "u64": "uint64_t",
    "f64": "double",
    "*mut c_void": "void *",
    "*mut [f64; 3]": "double *",
    "*const u8": "const char *",
    "Option<DestroyFn>": "arvo_destroy_fn",
    "Option<ClockFn>": "arvo_clock_fn",
    "Option<UuidFn>": "arvo_uuid_fn",
    "Option<SchemaFn>": "arvo_schema_fn",
    "Option<HandlerFn>": "arvo_handler_fn",
    "Option<ResumableFn>": "arvo_resumable_fn",
    "Option<GuardFn>": "arvo_guard_fn",
    "Option<ValueFn>": "arvo_value_fn",
    "Option<ActionFn>": "arvo_action_fn",
    "Option<EnqueueFn>": "arvo_enqueue_fn",
    "Option<LogFn>": "arvo_log_fn",
    "*const *const Handle<ContractHandle>": "const arvo_contract *const *",
    "*const *const Handle<EventHandle>": "const arvo_event *const *",
    "Option<ReadFn>": "arvo_memory_read_fn",
    "Option<WriteFn>": "arvo_memory_write_fn",
    "Option<LockFn>": "arvo_memory_lock_fn",
    "Option<UnlockFn>": "arvo_memory_unlock_fn",
    "Option<EventFn>": "arvo_event_fn",
    "Option<ErrorFn>": "arvo_broker_error_fn",
    "Option<StopFn>": "arvo_stop_fn",
    "CMemory": "arvo_memory_functions",
    "CLimits": "arvo_limits",
    "CEmit": "arvo_emit",
    "CDomainContext": "arvo_domain_context",
    "CReceipt": "arvo_receipt",
    "CTally": "arvo_tally",
    "CWorkerOptions": "arvo_worker_options",
    "CSpanContext": "arvo_span_context",
    "CAttribute": "arvo_attribute",
    "COpening": "arvo_opening",
    "CBegun": "arvo_begun",
    "CMark": "arvo_mark",
    "CChild": "arvo_child",
    "CMetric": "arvo_metric",
    "CMeasure": "arvo_measure",
    "CTracer": "arvo_tracer",
    "CTestAdapter": "arvo_test_adapter",
    "CEffort": "arvo_effort",
    "CBool": "bool",
    "[u8; 33]": "char[33]",
    "[u8; 17]": "char[17]",
    "Option<BeginFn>": "arvo_begin_fn",
    "Option<AttributesFn>": "arvo_attributes_fn",
    "Option<MarkFn>": "arvo_mark_fn",
    "Option<StatusFn>": "arvo_status_fn",
    "Option<ChildFn>": "arvo_child_fn",
    "Option<EndFn>": "arvo_end_fn",
    "Option<EnterFn>": "arvo_enter_fn",
    "Option<MeasureFn>": "arvo_measure_fn",
    "Option<FunctionFn>": "arvo_suite_function_fn",
    "Option<InputFn>": "arvo_suite_input_fn",
    "Option<EventsFn>": "arvo_suite_events_fn",
    "Option<ThrownFn>": "arvo_suite_thrown_fn",
    "Option<DescribeFn>": "arvo_describe_fn",
    "Option<BeforeFn>": "arvo_before_fn",
    "Option<TestFn>": "arvo_test_fn",
}
ENUMS = {  # an i32 in Rust
    "arvo_kind",
    "arvo_step",
    "arvo_id_kind",
    "arvo_unknown_keys",
    "arvo_span_kind",
    "arvo_span_status",
    "arvo_instrument",
    "arvo_severity",
    "int",
}

Prototype = tuple[str, list[str]]  # result, arguments
MANY = re.DOTALL | re.MULTILINE


def squeezed(text: str) -> str:
    """One blank where there were several, none before a star."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r" ?\* ?", " *", text).replace("* *", "**").strip()


def header() -> dict[str, Prototype]:
    """The prototypes of the header, by name."""
    text = (HERE / "include/arvo.h").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"^#.*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\bARVO_(OWNED|LENT|TAKEN)\b", " ", text)
    found = {}
    for result, name, arguments in re.findall(r"([\w ]+[\s*]+)\b(arvo_\w+)\(([^()]*)\);", text):
        result = squeezed(result)
        if not result or result.startswith(("typedef", "static", "return", "else")):
            continue  # a call in a function of the header itself
        each = [] if arguments.strip() == "void" else [argument(part) for part in arguments.split(",")]
        found[name] = (result, each)
    return found


# Structs that cross by their fields, by the name in the sources.
STRUCTS = {
    "Str": "arvo_str",
    "CLimits": "arvo_limits",
    "CEmit": "arvo_emit",
    "CDomainContext": "arvo_domain_context",
    "CMemory": "arvo_memory_functions",
    "CReceipt": "arvo_receipt",
    "CTally": "arvo_tally",
    "CWorkerOptions": "arvo_worker_options",
    "CSpanContext": "arvo_span_context",
    "CAttribute": "arvo_attribute",
    "COpening": "arvo_opening",
    "CBegun": "arvo_begun",
    "CMark": "arvo_mark",
    "CChild": "arvo_child",
    "CMetric": "arvo_metric",
    "CMeasure": "arvo_measure",
    "CTracer": "arvo_tracer",
    "CTestAdapter": "arvo_test_adapter",
    "CEffort": "arvo_effort",
}


def misshapen() -> list[str]:
    """Structs whose fields differ between the header and the sources."""
    text = (HERE / "include/arvo.h").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    written = {
        name: [member(field) for field in fields.split(";") if field.strip()]
        for fields, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, flags=re.DOTALL)
    }
    exported = {}
    for path in sorted((HERE / "src").glob("*.rs")):
        structs = r"#\[repr\(C\)\]\s*pub struct (\w+) \{(.*?)\}"
        for name, fields in re.findall(structs, path.read_text("utf-8"), flags=re.DOTALL):
            if name in STRUCTS:
                pairs = re.findall(r"(\w+): ([^,]+),", fields)
                exported[STRUCTS[name]] = [(field.rstrip("_"), in_c(kind, path.name)) for field, kind in pairs]
    missing = written.keys() ^ exported.keys()
    wrong = [f"struct {name}: it is in one of header and sources alone" for name in sorted(missing)]
    for name in sorted(written.keys() & exported.keys()):
        pairs = zip(written[name], exported[name], strict=False)
        if len(written[name]) != len(exported[name]) or not all(a[0] == b[0] and agree(a[1], b[1]) for a, b in pairs):
            wrong.append(f"struct {name}: {written[name]} in arvo.h, {exported[name]} in the library")
    return wrong


def unsaid() -> list[str]:
    """Functions whose prototype does not say who owns what it gives or takes."""
    text = (HERE / "include/arvo.h").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/|^#.*$", " ", text, flags=re.DOTALL | re.MULTILINE)
    found = []
    for result, name, arguments in re.findall(r"^([\w ]+[\s*]+)\b(arvo_\w+)\(([^()]*)\);", text, flags=re.MULTILINE):
        if result.startswith(("typedef", "static", "return", "else")):
            continue
        if ("*" in result or "arvo_str" in result) and "ARVO_LENT" not in result:
            found.append(f"{name}: does not say who owns its result")
        for part in arguments.split(","):
            gives = ("**" in part and "**error" not in part) or re.search(r"arvo_str \*|^arvo_\w+ \*\*", part.strip())
            frees = name.endswith("free")
            if (gives or frees) and not re.search(r"ARVO_(OWNED|LENT|TAKEN)", part):
                found.append(f"{name}: does not say who owns {squeezed(part)!r}")
    return found


def member(text: str) -> tuple[str, str]:
    """Name and type of a member of a struct."""
    array = re.fullmatch(r"\s*(\w+) (\w+)(\[\d+\])\s*", text)
    return (array[2], array[1] + array[3]) if array else (text.split()[-1].lstrip("*"), argument(text))


def argument(text: str) -> str:
    """The type of one argument, its name taken away."""
    text = squeezed(text)
    if text.endswith("[3]"):
        return "double *"
    return squeezed(re.sub(r"\w+$", "", text))


def rust() -> dict[str, Prototype]:
    """The exported functions of the sources, in C's words."""
    found: dict[str, Prototype] = {}
    macros = dict(re.findall(r"^macro_rules! (\w+) \{\n(.*?)^\}", (HERE / "src/exports.rs").read_text("utf-8"), MANY))
    for path in sorted((HERE / "src").glob("*.rs")):
        if path.name == "exports.rs":
            continue
        text = path.read_text("utf-8")
        for name, given in re.findall(r"^(\w*exports)! \{\n(.*?)^\}", text, MANY):
            text += expanded(macros[name], dict(re.findall(r"(\w+): (.*),", given)))
        functions = re.findall(r"extern \"C\" fn (arvo_\w+)\((.*?)\)\s*(?:->\s*([^{;]+?))?\s*\{", text, flags=re.DOTALL)
        for name, arguments, result in functions:
            parts = [part.split(":", 1)[1] for part in re.split(r",(?![^\[(<]*[\])>])", arguments) if ":" in part]
            found[name] = (in_c(result, path.name) if result else "void", [in_c(part, path.name) for part in parts])
        for table in re.findall(r"^texts! \{ (\w+),.*?\n\}", text, flags=re.DOTALL | re.MULTILINE):
            block = re.search(rf"^texts! \{{ {table},.*?\n\}}", text, flags=re.DOTALL | re.MULTILINE)
            for block in re.findall(rf"^texts! \{{ {table},.*?\n\}}", text, flags=re.DOTALL | re.MULTILINE):
                for name in re.findall(r"(arvo_\w+) =>", block):
                    found[name] = ("arvo_str", [f"const {HANDLES[table]} *"])
        for block in re.findall(r"^attributes! \{.*?\n\}", text, flags=re.DOTALL | re.MULTILINE):
            for name in re.findall(r"(arvo_\w+) =>", block):
                found[name] = ("arvo_str", ["const arvo_event *"])
    return found


def expanded(macro: str, given: dict[str, str]) -> str:
    """A macro of exports.rs with what one kind gives it."""
    return re.sub(r"\$(\w+)", lambda match: given.get(match[1], match[0]), macro)


def in_c(text: str, file: str) -> str:
    """A Rust type in C's words."""
    text = re.sub(r"\s+", " ", text).strip()
    if text == "i32" or text == "*mut i32":
        return text
    if text in PLAIN:
        return PLAIN[text]
    handle = re.fullmatch(r"(\*(?:mut|const) )?\*(mut|const) Handle<(\w+)>", text)
    if handle:
        outer, inner, name = handle.groups()
        return squeezed(f"{'const ' if inner == 'const' else ''}{HANDLES[name]} *{'*' if outer else ''}")
    pointer = re.fullmatch(r"\*(mut|const) (\w+)", text)
    if pointer:
        constant, name = pointer.groups()
        return squeezed(f"{'const ' if constant == 'const' else ''}{PLAIN[name]} *")
    raise SystemExit(f"{file}: no C type is known for {text!r}; add it to header.py")


def agree(written: str, exported: str) -> bool:
    """Whether a type of the header is the exported one. An execution is const in Rust alone: it locks itself."""
    if exported == "i32":
        return written in ENUMS
    if exported == "*mut i32":
        return written == "int *"
    return written == exported or (exported == "const arvo_execution *" and written == "arvo_execution *")


def check(library: str) -> int:
    """Compares header, sources and symbols; says what differs."""
    listed = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True)
    symbols = {line.split()[-1] for line in listed.stdout.splitlines()}
    foreign = {name for name in symbols if not name.startswith("arvo_")} - {"rust_eh_personality"}
    declared, sources, wrong = header(), rust(), [*unsaid(), *misshapen()]
    wrong += [f"{name}: declared in arvo.h, not exported" for name in declared.keys() - symbols]
    wrong += [f"{name}: exported, not declared in arvo.h" for name in symbols - declared.keys() - foreign]
    wrong += [f"{name}: exported, but no name of this library" for name in foreign]
    for name, (result, arguments) in sorted(declared.items()):
        if name not in sources:
            wrong.append(f"{name}: no such function in the sources")
            continue
        exported, parameters = sources[name]
        if not agree(result, exported):
            wrong.append(f"{name}: returns {result} in arvo.h, {exported} in the library")
        if len(arguments) != len(parameters) or not all(map(agree, arguments, parameters)):
            wrong.append(f"{name}: takes {arguments} in arvo.h, {parameters} in the library")
    for line in wrong:
        print(line)
    print(f"header: {len(declared) - len(wrong)} of {len(declared)} prototypes agree with the library")
    return 1 if wrong else 0


# What stands for nothing, by C type.
NOTHING = {"arvo_str": "ARVO_NO_STR", "bool": "false", "double": "0", "arvo_limits": "arvo_limits_default()"}


def generate(folder: Path) -> int:
    """Writes called.h and nulls.c."""
    declared = header()
    macros = [f"#define {name}(...) (note_call({at}), {name}(__VA_ARGS__))" for at, name in enumerate(declared)]
    names = [f'    {{"{name}", 0}},' for name in declared]
    (folder / "called.h").write_text(
        "\n".join(
            [
                "/* Written by header.py: counts the calls of each function. */",
                '#include "arvo.h"',
                f"#define FUNCTIONS {len(declared)}",
                "extern struct called { const char *name; unsigned long times; } called[FUNCTIONS];",
                "void note_call(int function);",
                *macros,
                "",
            ]
        ),
        "utf-8",
    )
    (folder / "nulls.c").write_text(
        "\n".join(
            [
                "/* Written by header.py: each function, called without any argument. */",
                '#include "check.h"',
                "struct called called[FUNCTIONS] = {",
                *names,
                "};",
                "static void no_arguments(void) {",
                *(null_call(name, *prototype) for name, prototype in declared.items()),
                "}",
                "const struct test null_tests[] = {",
                '    {"a call without any argument is refused", no_arguments}, {NULL, NULL},',
                "};",
                "",
            ]
        ),
        "utf-8",
    )
    return 0


def null_call(name: str, result: str, arguments: list[str]) -> str:
    """One call in parentheses: it counts as none, so that another test must call the function in earnest."""
    nothing = [NOTHING.get(kind, "NULL" if "*" in kind or kind.endswith("_fn") else "0") for kind in arguments]
    call = f"({name})({', '.join(nothing)})"
    if result == "void":
        return f"    {call};"
    if result == "arvo_status":
        harmless = {"arvo_error_status": "ARVO_OK"}
        return f'    CHECK_IS("{name}", {call}, {harmless.get(name, "ARVO_BAD_ARGUMENT")});'
    if result == "arvo_str":
        return f'    CHECK_IS("{name}", {call}.ptr == NULL, true);'
    if result == "arvo_limits":
        return f"    (void){call};"
    if "*" in result:
        return f'    CHECK_IS("{name}", {call} == NULL, true);'
    return f'    CHECK_IS("{name}", {call} == 0, {"false" if name == "arvo_uri_is_encoded" else "true"});'


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"] and len(sys.argv) == 3:
        sys.exit(check(sys.argv[2]))
    if sys.argv[1:2] == ["generate"] and len(sys.argv) == 3:
        sys.exit(generate(Path(sys.argv[2])))
    sys.exit(__doc__)
