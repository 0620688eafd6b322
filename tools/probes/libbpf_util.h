/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What all who load BPF programs share: which of them this kernel can take, which one it refused,
 * and what to tell people.
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
 * libbpf_util_quiet() - let libbpf say nothing; DEVMEMTOP_DEBUG=1 shows its words
 *
 * To be called before anything is opened. Which program is refused is known from these words.
 */
void libbpf_util_quiet(void);

/**
 * libbpf_util_begin() - objects are going to be loaded: the memory that a BTF takes is used again
 */
void libbpf_util_begin(void);

/**
 * libbpf_util_end() - loading is over: the memory goes back to the kernel
 */
void libbpf_util_end(void);

/**
 * libbpf_util_options() - with what to open each object
 *
 * Return: libbpf's options.
 */
const struct bpf_object_open_opts *libbpf_util_options(void);

/**
 * libbpf_util_btf() - read the kernel's BTF
 * @text: gets why it cannot be read, and what to do
 * @size: bytes in @text
 *
 * Return: BTF or NULL.
 */
struct btf *libbpf_util_btf(char *text, size_t size);

/**
 * libbpf_util_complained() - of which program did libbpf complain last?
 *
 * Return: its name, empty when of none since libbpf_util_options().
 */
const char *libbpf_util_complained(void);

/**
 * libbpf_util_add_refused() - which program was it that made loading or attaching fail?
 * @r: gets its name
 * @name: its name where that is known, NULL: the one that libbpf complained of last
 *
 * Return: false when no program is known that was not in @r before, or none of this process's
 * could be loaded anyway.
 */
bool libbpf_util_add_refused(struct bpf_refused *r, const char *name);

/**
 * libbpf_util_is_refused() - is a program among those?
 * @r: refused programs, NULL: none
 * @name: its name
 *
 * Return: true when it is.
 */
bool libbpf_util_is_refused(const struct bpf_refused *r, const char *name);

/**
 * libbpf_util_is_fentry() - is a program one for fentry or fexit?
 * @prog: program
 *
 * Return: true when it is.
 */
bool libbpf_util_is_fentry(const struct bpf_program *prog);

/**
 * libbpf_util_has_target() - does the kernel have what a program is to be attached to?
 * @btf: the kernel's
 * @prog: program
 *
 * Return: true when it has, and for a program that is attached to nothing.
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
 * libbpf_util_run_iterator() - run the program of an iterator for all there is
 * @link: attached
 *
 * Reading its file is what makes it run; there is nothing to be read.
 *
 * Return: 0 or a negative errno.
 */
int libbpf_util_run_iterator(const struct bpf_link *link);

/**
 * libbpf_util_explain() - why programs could not be loaded, and what to do, in one line
 * @text: gets it
 * @size: bytes in @text
 * @what: what they are for
 * @code: negative errno
 */
void libbpf_util_explain(char *text, size_t size, const char *what, int code);

#endif
