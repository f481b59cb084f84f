/* Runs the recorded cases (tests/vectors), and our own in the same form (tests/cases), against libarvo, by
 * include/arvo.h alone.
 *
 *   vectors [FOLDER]
 *
 * Prints each failing case with what was wanted and found, and one row for each file. ARVO_VECTORS names another folder
 * in their place, where a file may be absent; ARVO_REPORTS a folder for the rows as JSON. Ends with 1 if anything
 * failed. */
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

static const struct {
    const char *file;
    void (*run)(report *report);
} FILES[] = {{"events", run_events},
             {"ids", run_ids},
             {"versions", run_versions},
             {"subjects", run_subjects},
             {"contracts", run_contracts},
             {"factories", run_factories},
             {"domains", run_domains},
             {"handler", run_handler},
             {"resumable", run_resumable},
             {"orchestrator", run_orchestrator},
             {"broker", run_broker},
             {"errors", run_errors}, /* after all that it asks about */
             {"expressions", run_expressions},
             {"telemetry", run_telemetry},
             {"testsuites", run_testsuites},
             {"statecharts/handpicked", run_charts},
             {"statecharts/random-1", run_charts},
             {"statecharts/random-2", run_charts},
             {"statecharts/random-3", run_charts},
             {"statecharts/random-4", run_charts},
             {"statecharts/arvo-engine", run_engine},
             {"statecharts/arvo-refused", run_refused},
             {"statecharts/arvo-locking", run_locking}};

static arvo_value *row_of(const report *report) {
    arvo_value *row = make_object();
    put(row, "language", make_text(ARVO_STR("C")));
    put(row, "suite", make_text(ARVO_STR("vectors")));
    put(row, "file", make_text(str(format("%s.json", report->file))));
    put(row, "passed", make_number((double)report->passed));
    put(row, "failed", make_number((double)report->failed));
    put(row, "differences", make_number((double)report->differed));
    return row;
}

static void write_rows(const char *folder, json rows) {
    FILE *file = fopen(format("%s/c-vectors.json", folder), "w");
    if (file == NULL) {
        perror(folder);
        exit(2);
    }
    fprintf(file, "%s\n", show(rows));
    fclose(file);
}

/* A file of the folders: one that was asked for, or the recorded cases and our own. */
static json find(const char *asked, const char *name) {
    json found = read_json_file(format("%s/%s.json", asked != NULL ? asked : "tests/vectors", name));
    return found != NULL || asked != NULL ? found : read_json_file(format("tests/cases/%s.json", name));
}

int main(int argc, char **argv) {
    const char *reports = getenv("ARVO_REPORTS"), *folder = getenv("ARVO_VECTORS");
    json differences;
    arvo_value *rows = make_array(), *produced = make_object();
    size_t index, failed = 0;
    if (folder == NULL || *folder == '\0') folder = argc > 1 ? argv[1] : NULL;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* so that nothing is lost when a sanitizer ends the program */
    differences = find(folder, "differences");
    printf("%-24s%8s%8s%13s\n", "file", "passed", "failed", "differences");
    for (index = 0; index < sizeof FILES / sizeof *FILES; index++) {
        report report = {NULL, NULL, NULL, NULL, 0, 0, 0};
        report.file = FILES[index].file;
        report.vectors = find(folder, report.file);
        report.differences = differences;
        report.produced = produced;
        if (report.vectors == NULL) continue;
        FILES[index].run(&report);
        printf("%-24s%8zu%8zu%13zu\n", report.file, report.passed, report.failed, report.differed);
        failed += report.failed;
        append(rows, row_of(&report));
    }
    if (reports != NULL && *reports != '\0') write_rows(reports, rows);
    index = count(rows);
    pool_release(0);
    if (index == 0) fprintf(stderr, "no cases in %s\n", folder != NULL ? folder : "tests/vectors");
    return failed > 0 || index == 0;
}
