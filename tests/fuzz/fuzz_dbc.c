// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as a DBC file; what is taken for one is written as YAML that parses. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profile.h"
#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], err[256], *yaml;
	json_t *obj;
	int fd;

	fd = memfd_create("dbc", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!ovpp_profile_import_dbc(path, NULL, &yaml, err, sizeof(err))) {
		if (ovpp_yaml_parse(yaml, strlen(yaml), "yaml", true, &obj, err, sizeof(err))) {
			fprintf(stderr, "%s\n%s", err, yaml);
			abort();
		}
		json_decref(obj);
		free(yaml);
	}
	close(fd);
	return 0;
}
