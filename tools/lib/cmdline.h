/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What devmemtop and its subcommands share of reading their command lines.
 */
#ifndef DEVMEMTOP_LIB_CMDLINE_H
#define DEVMEMTOP_LIB_CMDLINE_H

#include <argp.h>

/* Exit status of a wrong option; others are for what went wrong later. */
#define EXIT_USAGE 2

/**
 * usage_error() - say in a line what to do about a wrong option, and end the program
 * @fmt: as in printf(), without a newline
 *
 * argp_error() would print a usage line, too.
 */
void usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/**
 * cmdline_parse() - argp_parse() with EXIT_USAGE
 * @argp: the options
 * @name: what messages call the program
 * @argc: of main(), or what is left of it
 * @argv: likewise
 * @flags: of argp
 * @input: for the parser
 */
void cmdline_parse(const struct argp *argp, const char *name, int argc, char **argv,
		   unsigned int flags, void *input);

#endif
