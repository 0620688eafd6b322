/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for addresses of the kernel, from /proc/kallsyms.
 */
#ifndef DEVMEMTOP_LIB_KSYMS_H
#define DEVMEMTOP_LIB_KSYMS_H

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

/**
 * ksyms_address() - where the running kernel has a symbol
 * @name: its name
 *
 * Return: address; 0 when there is none, or several, or it is hidden from us.
 */
uint64_t ksyms_address(const char *name);

#endif
