// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What devmemtop and its subcommands share of reading their command lines.
 */
#include "lib/cmdline.h"

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>

void usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	exit(EXIT_USAGE);
}

void cmdline_parse(const struct argp *argp, const char *name, int argc, char **argv,
		   unsigned int flags, void *input)
{
	/* argp only reads it, and takes it for the name. */
	argv[0] = (char *)name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(argp, argc, argv, flags, NULL, input);
}
