/* Counting, and printing what went wrong. */
#include <stdio.h>

#include "support.h"

static const char *name_of(size_t index, json case_) {
    json name = at(case_, "/name");
    return name ? format("#%zu %.*s", index, ARVO_PRINT(text(name))) : format("#%zu", index);
}

/* The entry of differences.json for a case: it names the case by name or by index. */
static json difference(report *report, const char *group, size_t index, json case_) {
    size_t at_;
    for (at_ = 0; at_ < count(report->differences); at_++) {
        json entry = item(report->differences, at_), which = at(entry, "/case");
        bool this_file = starts(text(at(entry, "/file")), report->file),
             this_group = is(text(at(entry, "/group")), group);
        bool this_case = kind(which) == ARVO_NUMBER ? number(which) == (double)index : equal(which, at(case_, "/name"));
        if (this_file && this_group && this_case) return entry;
    }
    return NULL;
}

json expectation(report *report, const char *group, size_t index, json case_, const char *expect) {
    json other = difference(report, group, index, case_);
    if (other != NULL) {
        report->differed++;
        return at(other, "/expect");
    }
    if (at(case_, "/oursExpect")) return at(case_, "/oursExpect");
    return at(case_, "/ours") ? NULL : at(case_, expect);
}

void produced(report *report, json case_, json error) {
    arvo_str where = str(format("%s.json#%.*s", report->file, ARVO_PRINT(text(at(case_, "/name")))));
    json known = member(report->produced, where);
    arvo_value *errors = known ? copy(known) : make_array();
    append(errors, error);
    put_key(report->produced, where, errors);
}

void judge(report *report, const char *group, size_t index, json case_, bool ok, json wanted, json found,
           const char *why) {
    if (ok) {
        report->passed++;
        return;
    }
    report->failed++;
    printf("FAILED %s.json %s %s\n  wanted %s\n  found  %s\n", report->file, group, name_of(index, case_), show(wanted),
           show(found));
    if (why != NULL) printf("  (%s)\n", why);
}

static bool is_for_javascript_alone(json case_) {
    size_t index;
    for (index = 0; index < count(at(case_, "/tags")); index++) {
        if (is(text(item(at(case_, "/tags"), index)), "js-only")) return true;
    }
    return false;
}

void run_group(report *report, const char *group, case_fn run) {
    json cases = at(report->vectors, format("/%s", group));
    size_t index, size = count(cases);
    for (index = 0; index < size; index++) {
        size_t mark = pool_mark();
        json case_ = item(cases, index);
        if (is_for_javascript_alone(case_)) {
            produced(report, case_, make_null());
        } else {
            run(report, group, index, case_);
        }
        pool_release(mark);
    }
}
