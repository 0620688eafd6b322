/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What all code that loads BPF programs shares: which programs this kernel can run, which one it
 * refused, and what to say to the user.
 */
#ifndef DEVMEMTOP_PROBES_LIBBPF_UTIL_H
#define DEVMEMTOP_PROBES_LIBBPF_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_link;
struct bpf_object;
struct bpf_object_open_opts;
struct bpf_program;
struct btf;

/* Programs that the kernel refused, by name. */
struct bpf_refused {
	char names[32][32];
	size_t num;
};

/**
 * libbpf_util_quiet() - keep libbpf's messages back; DEVMEMTOP_DEBUG=1 shows them
 *
 * To be called before any object is opened. These messages say which program was refused.
 */
void libbpf_util_quiet(void);

/**
 * libbpf_util_begin() - before loading: keep the memory of a BTF, to use it again
 */
void libbpf_util_begin(void);

/**
 * libbpf_util_end() - after loading: give the memory back to the kernel
 */
void libbpf_util_end(void);

/**
 * libbpf_util_options() - the options to open each object with
 *
 * Return: libbpf's options.
 */
const struct bpf_object_open_opts *libbpf_util_options(void);

/**
 * libbpf_util_btf() - read the kernel's BTF
 * @text: gets the reason when it cannot be read, and what to do
 * @size: bytes in @text
 *
 * Return: BTF or NULL.
 */
struct btf *libbpf_util_btf(char *text, size_t size);

/**
 * libbpf_util_complained() - the program that libbpf complained about last
 *
 * Return: its name, empty when there was none since libbpf_util_options().
 */
const char *libbpf_util_complained(void);

/**
 * libbpf_util_add_refused() - note the program that made loading or attaching fail
 * @r: gets its name
 * @name: its name if it is known, NULL: the one that libbpf complained about last
 *
 * Return: false when there is no such program that is new in @r, or when this process could load no
 * program in any case.
 */
bool libbpf_util_add_refused(struct bpf_refused *r, const char *name);

/**
 * libbpf_util_is_refused() - was a program refused?
 * @r: refused programs, NULL: none
 * @name: its name
 *
 * Return: true when it is.
 */
bool libbpf_util_is_refused(const struct bpf_refused *r, const char *name);

/**
 * libbpf_util_is_fentry() - is a program for fentry or fexit?
 * @prog: program
 *
 * Return: true when it is.
 */
bool libbpf_util_is_fentry(const struct bpf_program *prog);

/**
 * libbpf_util_has_target() - does the kernel have the function or event that a program is for?
 * @btf: the kernel's
 * @prog: program
 *
 * Return: true when it does, and for a program that is attached to nothing.
 */
bool libbpf_util_has_target(const struct btf *btf, const struct bpf_program *prog);

/**
 * libbpf_util_missed() - how many events came while their own program was running
 * @obj: loaded
 *
 * Return: the number since loading, of all its programs.
 */
uint64_t libbpf_util_missed(const struct bpf_object *obj);

/**
 * libbpf_util_run_iterator() - run the program of an iterator for all objects
 * @link: attached
 *
 * Reading the iterator's file runs the program, although there is no data in it.
 *
 * Return: 0 or a negative errno.
 */
int libbpf_util_run_iterator(const struct bpf_link *link);

/**
 * libbpf_util_explain() - say in one line why programs could not be loaded, and what to do
 * @text: gets the line
 * @size: bytes in @text
 * @what: what they are for
 * @code: negative errno
 */
void libbpf_util_explain(char *text, size_t size, const char *what, int code);

#endif
