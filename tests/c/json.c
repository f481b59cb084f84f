/* Reading and making JSON without freeing anything: the pool does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

void must(arvo_error *error) {
    if (error == NULL) return;
    fprintf(stderr, "the runner itself failed: %.*s\n", ARVO_PRINT(arvo_error_message(error)));
    exit(2);
}

arvo_str str(const char *text) { return arvo_str_of(text, strlen(text)); }

bool same(arvo_str left, arvo_str right) {
    return left.len == right.len && (left.len == 0 || memcmp(left.ptr, right.ptr, left.len) == 0);
}

bool is(arvo_str text, const char *wanted) { return text.ptr != NULL && same(text, str(wanted)); }

bool starts(arvo_str text, const char *prefix) {
    size_t length = strlen(prefix);
    return text.len >= length && memcmp(text.ptr, prefix, length) == 0;
}

bool contains(arvo_str whole, arvo_str part) {
    size_t at;
    for (at = 0; at + part.len <= whole.len; at++) {
        if (part.len == 0 || memcmp(whole.ptr + at, part.ptr, part.len) == 0) return true;
    }
    return false;
}

json at(json value, const char *pointer) {
    arvo_value *part = NULL;
    if (value != NULL) arvo_value_get(value, str(pointer), &part, NULL);
    return keep_value(part);
}

/* "/" and the key, escaped. */
static const char *pointer_of(arvo_str key) {
    char *pointer = keep_bytes(2 * key.len + 2), *end = pointer;
    size_t index;
    *end++ = '/';
    for (index = 0; index < key.len; index++) {
        char c = key.ptr[index];
        if (c == '~' || c == '/') {
            *end++ = '~';
            *end++ = c == '~' ? '0' : '1';
        } else {
            *end++ = c;
        }
    }
    return pointer;
}

json member(json object, arvo_str key) { return kind(object) == ARVO_OBJECT ? at(object, pointer_of(key)) : NULL; }

json item(json value, size_t index) {
    arvo_value *part = NULL;
    if (value != NULL) arvo_value_item(value, ARVO_STR(""), index, &part, NULL);
    return keep_value(part);
}

arvo_str key(json object, size_t index) {
    arvo_str key = ARVO_NO_STR;
    arvo_error *error = NULL;
    arvo_value_key(object, ARVO_STR(""), index, &key, &error);
    must(error);
    return key;
}

size_t count(json value) {
    size_t count = 0;
    if (value != NULL) arvo_value_count(value, ARVO_STR(""), &count, NULL);
    return count;
}

arvo_kind kind(json value) { return value == NULL ? ARVO_NOTHING : arvo_value_kind(value, ARVO_STR("")); }

arvo_str text(json value) {
    arvo_str text = ARVO_NO_STR;
    if (kind(value) == ARVO_TEXT) arvo_value_text(value, ARVO_STR(""), &text, NULL);
    return text;
}

double number(json value) {
    double number = 0;
    if (value != NULL) arvo_value_f64(value, ARVO_STR(""), &number, NULL);
    return number;
}

bool truth(json value) {
    bool truth = false;
    if (value != NULL) arvo_value_bool(value, ARVO_STR(""), &truth, NULL);
    return truth;
}

bool is_null(json value) { return kind(value) == ARVO_NOTHING || kind(value) == ARVO_NULL; }

bool equal(json left, json right) {
    size_t index, size = count(left);
    if (kind(left) != kind(right)) return false;
    switch (kind(left)) {
        case ARVO_BOOL: return truth(left) == truth(right);
        case ARVO_NUMBER: return number(left) == number(right);
        case ARVO_TEXT: return same(text(left), text(right));
        case ARVO_ARRAY:
        case ARVO_OBJECT: break;
        default: return true;
    }
    if (size != count(right)) return false;
    for (index = 0; index < size; index++) {
        json other = kind(left) == ARVO_ARRAY ? item(right, index) : member(right, key(left, index));
        if (other == NULL || !equal(item(left, index), other)) return false;
    }
    return true;
}

const char *show(json value) {
    arvo_text *written = NULL;
    arvo_error *error = NULL;
    if (value == NULL) return "(nothing)";
    arvo_value_write(value, 0, &written, &error);
    must(error);
    return format("%.*s", ARVO_PRINT(arvo_text_view(keep_text(written))));
}

json parse(arvo_str text) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_value_parse(NULL, text, &value, &error);
    must(error);
    return keep_value(value);
}

json read_json_file(const char *path) {
    FILE *file = fopen(path, "rb");
    char *bytes;
    long size;
    json value;
    if (file == NULL) return NULL;
    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) abort();
    rewind(file);
    bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) abort();
    fclose(file);
    value = parse(arvo_str_of(bytes, (size_t)size));
    free(bytes);
    return value;
}

arvo_value *make_object(void) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_value_new_object(&value, &error);
    must(error);
    return keep_value(value);
}

arvo_value *make_array(void) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_value_new_array(&value, &error);
    must(error);
    return keep_value(value);
}

json make_text(arvo_str text) {
    arvo_value *value = make_object();
    arvo_error *error = NULL;
    arvo_value_set_text(value, ARVO_STR(""), text, &error);
    must(error);
    return value;
}

json make_number(double number) {
    arvo_value *value = make_object();
    arvo_error *error = NULL;
    arvo_value_set_f64(value, ARVO_STR(""), number, &error);
    must(error);
    return value;
}

json make_bool(bool boolean) {
    arvo_value *value = make_object();
    arvo_value_set_bool(value, ARVO_STR(""), boolean, NULL);
    return value;
}

json make_null(void) {
    arvo_value *value = make_object();
    arvo_value_set_null(value, ARVO_STR(""), NULL);
    return value;
}

arvo_value *copy(json value) {
    arvo_value *same = NULL;
    arvo_error *error = NULL;
    arvo_value_get(value, ARVO_STR(""), &same, &error);
    must(error);
    return keep_value(same);
}

json with_member(json object, const char *name, json value) {
    arvo_value *made = copy(object);
    put(made, name, value);
    return made;
}

void put_key(arvo_value *object, arvo_str key, json value) {
    arvo_error *error = NULL;
    if (value == NULL) return;
    arvo_value_set(object, str(pointer_of(key)), value, &error);
    must(error);
}

void put(arvo_value *object, const char *name, json value) { put_key(object, str(name), value); }

void append(arvo_value *array, json value) {
    arvo_error *error = NULL;
    arvo_value_set(array, ARVO_STR("/-"), value, &error);
    must(error);
}
