/* Structs ↔ JSON by tables; the only source that knows jansson in this room. */
#include "evidence/codec_internal.h"

#include <jansson.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/escape_internal.h"
#include "mailflow/clock.h"

static json_t *write_fields(json_t *object, const struct mf_shape *shape, const char *record);

static json_t *text_value(const char *text)
{
    size_t len = strlen(text);
    if (mf_is_utf8(text, len, NULL))
        return json_stringn_nocheck(text, len);
    char *repaired = mf_escape_repair(text);
    json_t *value = json_string_nocheck(repaired);
    free(repaired);
    return value;
}

static json_t *raw_value(const char *data, size_t len)
{
    char *escaped = mf_escape_bytes(data, len);
    json_t *value = json_string_nocheck(escaped);
    free(escaped);
    return value;
}

static json_t *texts_value(const struct mf_field *field, const char *record)
{
    const char *const *texts = *(const char *const *const *)(record + field->offset);
    size_t count = *(const size_t *)(record + field->count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, field->type == MF_FIELD_TEXTS ? text_value(texts[i])
                                                                  : raw_value(texts[i], strlen(texts[i])));
    return list;
}

static json_t *many_value(const struct mf_field *field, const char *record)
{
    const char *items = *(const char *const *)(record + field->offset);
    size_t count = *(const size_t *)(record + field->count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, write_fields(json_object(), field->shape, items + i * field->shape->size));
    return list;
}

/* NULL: empty, to be left out. */
static json_t *field_value(const struct mf_field *field, const char *record)
{
    const void *at = record + field->offset;
    switch (field->type) {
    case MF_FIELD_TEXT:
    case MF_FIELD_NULLABLE: {
        const char *text = *(const char *const *)at;
        return text && (*text || field->type == MF_FIELD_NULLABLE) ? text_value(text) : NULL;
    }
    case MF_FIELD_CHARS:
        return *(const char *)at ? text_value(at) : NULL;
    case MF_FIELD_TEXTS:
    case MF_FIELD_RAW_TEXTS:
        return *(const size_t *)(record + field->count) ? texts_value(field, record) : NULL;
    case MF_FIELD_BYTES: {
        const struct mf_bytes *bytes = at;
        return bytes->data ? raw_value(bytes->data, bytes->len) : NULL;
    }
    case MF_FIELD_BOOL:
        return *(const bool *)at ? json_true() : NULL;
    case MF_FIELD_INT:
        return *(const int *)at ? json_integer(*(const int *)at) : NULL;
    case MF_FIELD_UINT:
        return *(const unsigned *)at ? json_integer(*(const unsigned *)at) : NULL;
    case MF_FIELD_TIME:
        return *(const mf_usec *)at ? json_integer(*(const mf_usec *)at) : NULL;
    case MF_FIELD_WORD:
        return json_string_nocheck(field->word(*(const int *)at));
    case MF_FIELD_ONE:
        return write_fields(json_object(), field->shape, at);
    case MF_FIELD_MANY:
        return *(const size_t *)(record + field->count) ? many_value(field, record) : NULL;
    }
    return NULL;
}

static json_t *write_fields(json_t *object, const struct mf_shape *shape, const char *record)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        json_t *value = field_value(&shape->fields[i], record);
        bool hollow = value && json_is_object(value) && json_object_size(value) == 0;
        if (hollow)
            json_decref(value);
        else if (value)
            json_object_set_new_nocheck(object, shape->fields[i].name, value);
    }
    return object;
}

static int add_to_text(const char *data, size_t len, void *text)
{
    mf_text_add(text, data, len);
    return 0;
}

void mf_codec_write(struct mf_text *out, const struct mf_shape *shape, const void *record)
{
    json_t *object = json_object();
    json_object_set_new_nocheck(object, "kind", json_string_nocheck(shape->kind));
    write_fields(object, shape, record);
    json_dump_callback(object, add_to_text, out, JSON_COMPACT);
    mf_text_putc(out, '\n');
    json_decref(object);
}

/* Reading. */

static json_t *line_json(const struct mf_codec_line *line)
{
    return (json_t *)(uintptr_t)line;
}

struct mf_codec_line *mf_codec_parse(const char *data, size_t len)
{
    json_error_t error;
    json_t *object = json_loadb(data, len, 0, &error);
    if (object && json_is_string(json_object_get(object, "kind")))
        return (struct mf_codec_line *)object;
    json_decref(object);
    return NULL;
}

void mf_codec_line_free(struct mf_codec_line **line)
{
    if (!line || !*line)
        return;
    json_decref(line_json(*line));
    *line = NULL;
}

const char *mf_codec_kind(const struct mf_codec_line *line)
{
    return json_string_value(json_object_get(line_json(line), "kind"));
}

static const char *read_fields(const json_t *object, const struct mf_shape *shape, struct mf_arena *arena, char *record);

static bool read_integer(const json_t *value, json_int_t least, json_int_t most, json_int_t *number)
{
    *number = json_integer_value(value);
    return json_is_integer(value) && *number >= least && *number <= most;
}

static bool read_number(const struct mf_field *field, const json_t *value, char *at)
{
    json_int_t number;
    switch (field->type) {
    case MF_FIELD_INT:
        return read_integer(value, INT_MIN, INT_MAX, &number) && (*(int *)at = (int)number, true);
    case MF_FIELD_UINT:
        return read_integer(value, 0, UINT_MAX, &number) && (*(unsigned *)at = (unsigned)number, true);
    default:
        return read_integer(value, INT64_MIN, INT64_MAX, &number) && (*(mf_usec *)at = number, true);
    }
}

static bool read_texts(const struct mf_field *field, const json_t *value, struct mf_arena *arena, char *record)
{
    size_t count = json_array_size(value);
    const char **texts = mf_alloc_array(arena, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_string(item))
            return false;
        texts[i] = field->type == MF_FIELD_TEXTS
                       ? mf_copy_bytes(arena, json_string_value(item), json_string_length(item))
                       : mf_unescape_bytes(arena, json_string_value(item)).data;
    }
    *(const char ***)(record + field->offset) = texts;
    *(size_t *)(record + field->count) = count;
    return json_is_array(value);
}

static bool read_word(const struct mf_field *field, const json_t *value, char *at)
{
    const char *word;
    for (int i = 0; json_is_string(value) && (word = field->word(i)); i++)
        if (strcmp(word, json_string_value(value)) == 0) {
            *(int *)at = i;
            return true;
        }
    return false;
}

static bool read_chars(const struct mf_field *field, const json_t *value, char *at)
{
    if (!json_is_string(value) || json_string_length(value) >= field->size)
        return false;
    memcpy(at, json_string_value(value), json_string_length(value) + 1);
    return true;
}

static bool read_many(const struct mf_field *field, const json_t *value, struct mf_arena *arena, char *record)
{
    size_t count = json_array_size(value);
    char *items = mf_alloc_array(arena, count, field->shape->size);
    for (size_t i = 0; i < count; i++)
        if (read_fields(json_array_get(value, i), field->shape, arena, items + i * field->shape->size))
            return false;
    *(void **)(record + field->offset) = items;
    *(size_t *)(record + field->count) = count;
    return json_is_array(value);
}

static bool read_field(const struct mf_field *field, const json_t *value, struct mf_arena *arena, char *record)
{
    char *at = record + field->offset;
    switch (field->type) {
    case MF_FIELD_TEXT:
    case MF_FIELD_NULLABLE:
        if (json_is_string(value))
            *(const char **)at = mf_copy_bytes(arena, json_string_value(value), json_string_length(value));
        return json_is_string(value);
    case MF_FIELD_CHARS:
        return read_chars(field, value, at);
    case MF_FIELD_TEXTS:
    case MF_FIELD_RAW_TEXTS:
        return read_texts(field, value, arena, record);
    case MF_FIELD_BYTES:
        if (json_is_string(value))
            *(struct mf_bytes *)at = mf_unescape_bytes(arena, json_string_value(value));
        return json_is_string(value);
    case MF_FIELD_BOOL:
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value);
    case MF_FIELD_INT:
    case MF_FIELD_UINT:
    case MF_FIELD_TIME:
        return read_number(field, value, at);
    case MF_FIELD_WORD:
        return read_word(field, value, at);
    case MF_FIELD_ONE:
        return !read_fields(value, field->shape, arena, at);
    case MF_FIELD_MANY:
        return read_many(field, value, arena, record);
    }
    return false;
}

/* What a field that was left out holds beyond zeroes. */
static void set_empty(const struct mf_field *field, char *record)
{
    if (field->type == MF_FIELD_TEXT)
        *(const char **)(record + field->offset) = "";
    if (field->type == MF_FIELD_ONE)
        for (size_t i = 0; i < field->shape->field_count; i++)
            set_empty(&field->shape->fields[i], record + field->offset);
}

static const char *read_fields(const json_t *object, const struct mf_shape *shape, struct mf_arena *arena, char *record)
{
    if (!json_is_object(object))
        return "object";
    for (size_t i = 0; i < shape->field_count; i++) {
        const json_t *value = json_object_get(object, shape->fields[i].name);
        if (!value)
            set_empty(&shape->fields[i], record);
        else if (!read_field(&shape->fields[i], value, arena, record))
            return shape->fields[i].name;
    }
    return NULL;
}

const char *mf_codec_read(const struct mf_codec_line *line, const struct mf_shape *shape, struct mf_arena *arena,
                          void *record)
{
    return read_fields(line_json(line), shape, arena, record);
}
