// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does the kernel have what the programs of a source read?
 */
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "probes/facts_table.h"

/* ---- members ---- */

/* The type of the member whose name is the first @len bytes of @name; 0: there is none. */
static uint32_t member_type(const struct btf *btf, const struct btf_type *t, const char *name,
			    size_t len)
{
	uint32_t found;
	uint16_t i;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *has = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *inner;

		if (strlen(has) == len && len && !strncmp(has, name, len))
			return m->type;
		inner = has[0] ? NULL : btf__type_by_id(btf, m->type);
		found = inner && btf_is_composite(inner) ? member_type(btf, inner, name, len) : 0;
		if (found)
			return found;
	}
	return 0;
}

bool facts_type_has(const struct btf *btf, uint32_t id, const char *member)
{
	const char *end;

	for (;; member = end + 1) {
		int resolved = btf__resolve_type(btf, id);
		const struct btf_type *t = resolved > 0 ? btf__type_by_id(btf, resolved) : NULL;

		end = strchrnul(member, '.');
		id = t && btf_is_composite(t) ? member_type(btf, t, member, end - member) : 0;
		if (!id || !*end)
			return id;
	}
}

/* ---- what the table names ---- */

static void name_type(struct fact_types *types, const char *name, bool is_function)
{
	size_t i;

	for (i = 0; i < types->num; i++)
		if (types->of[i].is_function == is_function && !strcmp(types->of[i].name, name))
			return;
	if (types->num == FACT_TYPES)
		return;
	types->of[types->num].name = name;
	types->of[types->num++].is_function = is_function;
}

static void name_source(struct fact_types *types, const struct fact_source *src)
{
	const struct fact_read *read = src->reads;

	if (src->later_with)
		name_type(types, src->later_with, false);
	for (; read && (read->type || read->function); read++)
		name_type(types, read->type ?: read->function, !read->type);
}

void facts_find_types(struct fact_types *types, const struct btf *btf)
{
	uint32_t id, num = btf__type_cnt(btf);
	bool first[256] = { false };
	int fact, rank;
	size_t i;

	memset(types, 0, sizeof(*types));
	types->btf = btf;
	for (fact = 0; fact < FACTS; fact++)
		for (rank = 0; facts_is_source(fact, rank); rank++)
			name_source(types, &facts_row(fact)->sources[rank]);
	for (i = 0; i < types->num; i++)
		first[(unsigned char)types->of[i].name[0]] = true;
	for (id = 1; id < num; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_struct(t) && !btf_is_func(t))
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (!first[(unsigned char)name[0]])
			continue;
		for (i = 0; i < types->num; i++)
			if (types->of[i].is_function == btf_is_func(t) &&
			    !strcmp(types->of[i].name, name))
				types->of[i].id = id;
	}
}

uint32_t facts_type(const struct fact_types *types, const char *name, bool is_function)
{
	size_t i;

	for (i = 0; i < types->num; i++)
		if (types->of[i].is_function == is_function && !strcmp(types->of[i].name, name))
			return types->of[i].id;
	return 0;
}

static bool has(const struct fact_types *types, const struct fact_read *read)
{
	uint32_t id = facts_type(types, read->type ?: read->function, !read->type);

	if (!id || !read->member)
		return id;
	return facts_type_has(types->btf, id, read->member) ||
	       (read->or_member && facts_type_has(types->btf, id, read->or_member));
}

bool facts_is_other_kind(const struct fact_types *types, const struct fact_source *src, char *why,
			 size_t size)
{
	const struct fact_read *read = src->reads;

	for (; read && (read->type || read->function); read++)
		if (read->absent && has(types, read)) {
			snprintf(why, size, "%s", read->says);
			return true;
		}
	return false;
}

static void say_missing(const struct fact_types *types, const struct fact_read *read, char *why,
			size_t size)
{
	if (read->says)
		snprintf(why, size, "%s", read->says);
	else if (read->function)
		snprintf(why, size, "this kernel has no function %s()", read->function);
	else if (!read->member || !facts_type(types, read->type, false))
		snprintf(why, size, "this kernel has no struct %s", read->type);
	else if (read->or_member)
		snprintf(why, size, "this kernel's struct %s has neither %s nor %s", read->type,
			 read->member, read->or_member);
	else
		snprintf(why, size, "this kernel's struct %s has no %s", read->type, read->member);
}

bool facts_has_reads(const struct fact_types *types, const struct fact_source *src, char *why,
		     size_t size)
{
	const struct fact_read *read = src->reads;

	why[0] = '\0';
	for (; read && (read->type || read->function); read++)
		if (!read->absent && !has(types, read)) {
			say_missing(types, read, why, size);
			return false;
		}
	return true;
}

void facts_look_at_state(const struct btf *btf, char why[FACTS][FACT_WHY])
{
	struct fact_types types;
	int fact;

	facts_find_types(&types, btf);
	for (fact = FACT_TRACED; fact < FACT_SHOWN; fact++)
		facts_has_reads(&types, &facts_row(fact)->sources[0], why[fact], FACT_WHY);
}
