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

/* Room for the names of most symbols; longer names are cut off. */
#define KSYM_MAX 128

/**
 * struct ksyms_wanted - a symbol to search for by its name
 * @name: its name in the source; the search fills in the rest, which must be zero before
 * @symbol: the first symbol that stands for it, see ksyms_is_function(); "": there is none
 * @exact: how many symbols have exactly this name
 * @others: how many symbols have this name with a suffix from link-time optimisation
 * @addr: address of the last symbol with exactly this name, 0 when it is hidden from us
 */
struct ksyms_wanted {
	const char *name;
	char symbol[KSYM_MAX];
	unsigned int exact;
	unsigned int others;
	uint64_t addr;
};

/**
 * ksyms_search() - search for several symbols in one pass
 * @f: text as in /proc/kallsyms
 * @wanted: symbols to search for
 * @num: how many
 */
void ksyms_search(FILE *f, struct ksyms_wanted *wanted, size_t num);

/**
 * ksyms_find() - search for several symbols in one pass through /proc/kallsyms
 * @wanted: symbols to search for; none is found when the file cannot be read
 * @num: how many
 *
 * Return: false when the file cannot be read: nothing is known about the symbols then.
 */
bool ksyms_find(struct ksyms_wanted *wanted, size_t num);

/**
 * ksyms_is_function() - does a symbol of the kernel stand for a function?
 * @symbol: the symbol
 * @function: name in the source
 *
 * Link-time optimisation adds ".llvm.N" or ".lto_priv.N" to the names of static functions. A symbol
 * with another suffix (.isra, .constprop, .part, .cold) does not stand for the function: it has
 * other arguments, or it is only a part of it.
 *
 * Return: true when it does.
 */
bool ksyms_is_function(const char *symbol, const char *function);

/**
 * ksyms_address() - the address of a symbol in the running kernel
 * @name: its name
 *
 * Return: the address; 0 when there is no such symbol, or several, or the address is hidden from
 * us.
 */
uint64_t ksyms_address(const char *name);

#endif
