/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The curve models of a dump (705, 706, 711, 712), as a device has them: what only
 * the device writes is read only, and a curve that is asked for is adopted after a
 * while, or refused.
 */
#ifndef SIM_CURVES_H
#define SIM_CURVES_H

#include <stddef.h>

#include "registers.h"

struct ovpp_sunspec_dump;
struct curves;

/**
 * curves_new() - the curve models of a dump
 * @dump: dump
 * @regs: its registers, which can be read and written so far
 * @out: set, to be freed with curves_free(); NULL if it has none
 *
 * Return: 0 or -ENOMEM.
 */
int curves_new(const struct ovpp_sunspec_dump *dump, struct registers *regs, struct curves **out);
void curves_free(struct curves *curves);

/* Holding registers were written. @curves may be NULL. */
void curves_written(struct curves *curves, struct registers *regs, size_t address, size_t n);

/* They are about to be read: adopting a curve takes a few requests. The same. */
void curves_step(struct curves *curves, struct registers *regs);

#endif /* SIM_CURVES_H */
