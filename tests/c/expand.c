/* Input values that plain JSON can't hold: repeated texts, and UTF-16 with lone surrogates. */
#include <string.h>

#include "support.h"

static json repeated(json operand) {
    arvo_str part = text(item(operand, 0));
    size_t times = (size_t)number(item(operand, 1)), index;
    char *bytes = keep_bytes(part.len * times);
    for (index = 0; index < times; index++) memcpy(bytes + index * part.len, part.ptr, part.len);
    return make_text(arvo_str_of(bytes, part.len * times));
}

static size_t encode(char *out, unsigned long point) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 63));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 63));
        out[2] = (char)(0x80 | (point & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 63));
    out[2] = (char)(0x80 | (point >> 6 & 63));
    out[3] = (char)(0x80 | (point & 63));
    return 4;
}

/* The units as bytes, a lone surrogate in the three bytes that UTF-8 forbids for it: the library must refuse them. */
static json of_utf16(json units, bool *refused) {
    size_t index, size = count(units), length = 0;
    char *bytes = keep_bytes(4 * size);
    arvo_value *value = make_object();
    for (index = 0; index < size; index++) {
        unsigned long unit = (unsigned long)number(item(units, index));
        if (unit >= 0xD800 && unit < 0xDC00 && index + 1 < size) {
            unsigned long next = (unsigned long)number(item(units, index + 1));
            if (next >= 0xDC00 && next < 0xE000) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00);
                index++;
            }
        }
        length += encode(bytes + length, unit);
    }
    if (arvo_value_set_text(value, ARVO_STR(""), arvo_str_of(bytes, length), NULL) == ARVO_OK) return value;
    *refused = true;
    return NULL;
}

json expand(json value, bool *refused) {
    arvo_value *made;
    size_t index, size = count(value);
    if (kind(value) == ARVO_OBJECT && size == 1) {
        if (is(key(value, 0), "$repeat")) return repeated(item(value, 0));
        if (is(key(value, 0), "$utf16")) return of_utf16(item(value, 0), refused);
    }
    if (kind(value) != ARVO_OBJECT && kind(value) != ARVO_ARRAY) return value;
    made = kind(value) == ARVO_OBJECT ? make_object() : make_array();
    for (index = 0; index < size; index++) {
        json part = expand(item(value, index), refused);
        if (part == NULL) return NULL;
        if (kind(value) == ARVO_OBJECT) {
            put_key(made, key(value, index), part);
        } else {
            append(made, part);
        }
    }
    return made;
}
