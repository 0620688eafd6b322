/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The symbols of the kernel, from /proc/kallsyms.
 */
#ifndef DEVMEMTOP_LIB_KSYMS_H
#define DEVMEMTOP_LIB_KSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ksyms;

/**
 * ksyms_read() - read a table of symbols
 * @f: text as in /proc/kallsyms
 *
 * Return: the table; it is empty when addresses are hidden from us.
 */
struct ksyms *ksyms_read(FILE *f);

/**
 * ksyms_load() - read /proc/kallsyms
 *
 * Return: the table, empty when it cannot be read.
 */
struct ksyms *ksyms_load(void);

/**
 * ksyms_free() - free a table
 * @k: NULL is allowed
 */
void ksyms_free(struct ksyms *k);

/**
 * ksyms_name() - name an address: "function+0x12", or "0xffffffff81000000" when not known
 * @k: table
 * @addr: address
 * @buf: gets the text
 * @size: bytes in @buf
 *
 * Return: @buf.
 */
const char *ksyms_name(const struct ksyms *k, uint64_t addr, char *buf, size_t size);

/* Room for the name of most symbols; what is longer is cut off. */
#define KSYM_MAX 128

/**
 * struct ksyms_wanted - a symbol that is looked for by its name
 * @name: its name in the source; the rest is found out and has to be zero before
 * @symbol: the first under which the kernel has it, see ksyms_is_function(); "": it has none
 * @exact: how many symbols are called exactly so
 * @others: how many have it with what link-time optimisation hung behind it
 * @addr: address of the last that is called exactly so, 0 when it is hidden from us
 */
struct ksyms_wanted {
	const char *name;
	char symbol[KSYM_MAX];
	unsigned int exact;
	unsigned int others;
	uint64_t addr;
};

/**
 * ksyms_search() - look for several symbols in one pass
 * @f: text as in /proc/kallsyms
 * @wanted: what to look for
 * @num: how many
 */
void ksyms_search(FILE *f, struct ksyms_wanted *wanted, size_t num);

/**
 * ksyms_find() - look for several symbols in one pass through /proc/kallsyms
 * @wanted: what to look for; nothing is found when it cannot be read
 * @num: how many
 */
void ksyms_find(struct ksyms_wanted *wanted, size_t num);

/**
 * ksyms_is_function() - is a symbol of the kernel that of a function?
 * @symbol: the symbol
 * @function: name in the source
 *
 * Link-time optimisation hangs ".llvm.N" or ".lto_priv.N" behind the names of static functions.
 * What has another suffix (.isra, .constprop, .part, .cold) is not the function any more: its
 * arguments are others, or it is only a part of it.
 *
 * Return: true when it is.
 */
bool ksyms_is_function(const char *symbol, const char *function);

/**
 * ksyms_address() - where the running kernel has a symbol
 * @name: its name
 *
 * Return: address; 0 when there is none, or several, or it is hidden from us.
 */
uint64_t ksyms_address(const char *name);

#endif
