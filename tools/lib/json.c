// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * JSON objects: one function for each kind of value.
 */
#include "lib/json.h"

#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unknown.h"

/* jansson returns NULL when an allocation fails, and passes a NULL argument on. */
static void need(int failed)
{
	if (failed)
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

void json_put(json_t *object, const char *key, json_t *value)
{
	need(json_object_set_new_nocheck(object, key, value));
}

void json_add(json_t *array, json_t *value)
{
	need(json_array_append_new(array, value));
}

void json_put_count(json_t *object, const char *key, uint64_t value)
{
	json_put(object, key, value == UNKNOWN ? json_null() : json_integer(value));
}

void json_put_id(json_t *object, const char *key, uint64_t value)
{
	json_put_count(object, key, value ? value : UNKNOWN);
}

void json_put_rate(json_t *object, const char *key, double value)
{
	json_put(object, key, isnan(value) ? json_null() : json_real(round(value * 1000) / 1000));
}

/* Names of commands may be any bytes, but jansson accepts only UTF-8. */
static json_t *foreign_string(const char *text)
{
	json_t *string = json_string(text);
	char *safe, *c;

	if (string)
		return string;
	safe = strdup(text);
	need(!safe);
	for (c = safe; *c; c++)
		if (*c & 0x80)
			*c = '?';
	string = json_string(safe);
	free(safe);
	return string;
}

void json_put_text(json_t *object, const char *key, const char *text)
{
	json_put(object, key, text ? foreign_string(text) : json_null());
}
