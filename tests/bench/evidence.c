// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * evidence vectors > tests/vectors/evidence.txt   the test vectors
 * evidence bundle NAME > FILE                     one of them, as it is
 * evidence day > FILE                             a bundle: a day of 8 devices, a record a
 *                                                 second each, batches of a minute
 */
#include <stdio.h>
#include <string.h>

#include "../unit/evidence_vectors.h"

static void print_vector(void *arg, const char *name, const void *data, size_t size)
{
	char *text = malloc(2 * size + 1);

	(void)arg;
	MUST(text);
	ovpp_hex(data, size, text);
	printf("%s %s\n", name, text);
	free(text);
}

static void write_vector(void *wanted, const char *name, const void *data, size_t size)
{
	if (!strcmp(name, wanted))
		MUST(fwrite(data, 1, size, stdout) == size);
}

static void write_day(void)
{
	enum { MINUTE = 60 * MADE_DEVICES };
	struct made *m = made_new(MADE_DEVICES);
	struct ovpp_record rec[MINUTE];

	made_begin(m);
	made_table(m);
	for (unsigned int minute = 0; minute < 24 * 60; minute++) {
		made_records(m, rec, MINUTE, MADE_DEVICES);
		made_batch(m, rec, MINUTE, MINUTE);
	}
	made_head(m);
	MUST(fwrite(m->out.data, 1, m->out.size, stdout) == m->out.size);
	made_free(m);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "vectors"))
		made_vectors(print_vector, NULL);
	else if (argc == 3 && !strcmp(argv[1], "bundle"))
		made_vectors(write_vector, argv[2]);
	else if (argc == 2 && !strcmp(argv[1], "day"))
		write_day();
	else
		return fputs("usage: evidence vectors|bundle NAME|day\n", stderr) < 0 ? 3 : 2;
	return fflush(stdout) ? 3 : 0;
}
