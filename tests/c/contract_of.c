/* Contracts by definition, built with the library's builders (README of the vectors, section 2). */
#include "support.h"

/* The schema with `x-arvo-unknown-keys` at each pointer of `unknownKeys`; a catch-all says it by additionalProperties.
 */
static json with_unknown_keys(json definition) {
    arvo_value *schema = copy(at(definition, "/schema"));
    json modes = at(definition, "/unknownKeys");
    size_t index;
    for (index = 0; index < count(modes); index++) {
        arvo_str pointer = key(modes, index), mode = text(item(modes, index));
        arvo_error *error = NULL;
        if (is(mode, "catchall")) continue;
        arvo_value_set_text(schema, str(format("%.*s/x-arvo-unknown-keys", (int)pointer.len - 1, pointer.ptr + 1)),
                            mode, &error);
        must(error);
    }
    return schema;
}

arvo_status schema_of(json definition, arvo_schema **out, arvo_error **error) {
    static const char empty[] =
        "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false,\"x-arvo-unknown-keys\":\"strip\"}";
    json schema = kind(definition) == ARVO_TEXT ? parse(str(empty)) : with_unknown_keys(definition);
    return arvo_schema_new(schema, ARVO_UNKNOWN_KEYS_AS_WRITTEN, out, error);
}

static const arvo_schema *kept_schema(json definition, arvo_error **error) {
    arvo_schema *schema = NULL;
    schema_of(definition, &schema, error);
    return keep_schema(schema);
}

static void add_version(arvo_contract_builder *builder, arvo_str version, json parts, arvo_str kind_,
                        arvo_error **error) {
    bool orchestrator = is(kind_, "orchestrator");
    json emits = at(parts, orchestrator ? "/complete" : "/emits");
    const arvo_schema *accepts = kept_schema(at(parts, orchestrator ? "/init" : "/accepts"), error);
    size_t index, size = is(kind_, "plain") ? count(emits) : 1;
    arvo_emit *list = keep_bytes(size * sizeof *list);
    for (index = 0; index < size; index++) {
        list[index].type = is(kind_, "plain") ? key(emits, index) : ARVO_NO_STR;
        list[index].schema = kept_schema(is(kind_, "plain") ? item(emits, index) : emits, error);
    }
    arvo_contract_builder_version(builder, version, accepts, list, size, error);
}

arvo_status contract_of(json definition, arvo_contract **out, arvo_error **error) {
    arvo_contract_builder *builder = NULL;
    arvo_str kind_ = text(at(definition, "/kind")), uri = text(at(definition, "/uri"));
    arvo_str type = text(at(definition, "/type")), name = text(at(definition, "/name"));
    json versions = at(definition, "/versions");
    size_t index;
    arvo_status status;
    if (is(kind_, "simple")) {
        arvo_contract_builder_simple(uri, type, &builder, error);
    } else if (is(kind_, "orchestrator")) {
        arvo_contract_builder_orchestrator(uri, name, &builder, error);
    } else {
        arvo_contract_builder_plain(uri, type, &builder, error);
    }
    if (!is_null(at(definition, "/domain")))
        arvo_contract_builder_domain(builder, text(at(definition, "/domain")), error);
    if (!is_null(at(definition, "/description"))) {
        arvo_contract_builder_description(builder, text(at(definition, "/description")), error);
    }
    if (at(definition, "/metadata")) arvo_contract_builder_metadata(builder, at(definition, "/metadata"), error);
    for (index = 0; index < count(versions); index++) {
        add_version(builder, key(versions, index), item(versions, index), kind_, error);
    }
    status = arvo_contract_builder_build(builder, out, error);
    arvo_contract_builder_free(builder);
    return status;
}
