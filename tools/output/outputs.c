// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The outputs that there are.
 */
#include "output/outputs.h"

const struct output *const outputs[OUTPUTS_MAX + 1] = { &output_json, &output_csv };
