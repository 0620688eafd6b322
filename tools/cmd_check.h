/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `devmemtop check`: every source, whether it can be used here, and if not, why and what to do.
 */
#ifndef DEVMEMTOP_CHECK_H
#define DEVMEMTOP_CHECK_H

/**
 * check_main() - the subcommand
 * @argc: as for main(), without the program's own name
 * @argv: likewise; the first is "check"
 *
 * Return: exit status: 0 when all sources can be used, 1 when one cannot, 2 for wrong options.
 */
int check_main(int argc, char **argv);

#endif
