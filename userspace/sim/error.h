/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a scenario, in words. */
#ifndef SIM_ERROR_H
#define SIM_ERROR_H

struct sim_error {
	char text[320];
};

/* Sets the text; returns -EINVAL, so that it can end the caller. */
int sim_fail(struct sim_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the text. */
void sim_fail_in(struct sim_error *err, const char *context);

#endif /* SIM_ERROR_H */
