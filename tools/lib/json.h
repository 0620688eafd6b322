/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * JSON objects, with jansson. What is not known is null. When memory runs out, the program ends.
 */
#ifndef DEVMEMTOP_LIB_JSON_H
#define DEVMEMTOP_LIB_JSON_H

#include <stdint.h>

#include <jansson.h>

/**
 * json_put() - put a value into an object
 * @object: where to
 * @key: a literal of ours: plain ASCII
 * @value: the object takes it over; NULL means that an allocation failed, and ends the program
 */
void json_put(json_t *object, const char *key, json_t *value);

/**
 * json_put_count() - put a number into an object
 * @object: where to
 * @key: as in json_put()
 * @value: number; null for UNKNOWN
 */
void json_put_count(json_t *object, const char *key, uint64_t value);

/**
 * json_put_id() - put an id into an object; the id 0 means "none"
 * @object: where to
 * @key: as in json_put()
 * @value: number; null for 0 and UNKNOWN
 */
void json_put_id(json_t *object, const char *key, uint64_t value);

/**
 * json_put_rate() - put a rate per second, or seconds, into an object
 * @object: where to
 * @key: as in json_put()
 * @value: number, rounded to a thousandth, which is finer than anything measured here; null for NAN
 */
void json_put_rate(json_t *object, const char *key, double value);

/**
 * json_put_text() - put a text into an object
 * @object: where to
 * @key: as in json_put()
 * @text: text, also from outside: bytes that are no UTF-8 are replaced; null for NULL
 */
void json_put_text(json_t *object, const char *key, const char *text);

/**
 * json_add() - put a value at the end of an array
 * @array: where to
 * @value: as in json_put()
 */
void json_add(json_t *array, json_t *value);

#endif
