// The header compiles as C++98, and its names link.
#include "arvo.h"

int main() {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_str name = ARVO_STR("/name");
    arvo_value_new_object(&value, &error);
    arvo_value_set_text(value, name, ARVO_STR("Ada"), &error);
    bool right = arvo_value_kind(value, name) == ARVO_TEXT && error == NULL;
    arvo_value_free(value);
    return right ? 0 : 1;
}
