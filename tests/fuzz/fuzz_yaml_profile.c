// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as a profile; what is taken for one decodes and encodes any frame. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/profile.h"
#include "profile.h"

static void use(const struct ovpp_profile *prof, const uint8_t *data, size_t size)
{
	static const s64 command[OVPP_POINT_N];
	struct ovpp_update up[OVPP_UPDATE_MAX];
	u8 payload[OVPP_PAYLOAD_MAX];

	for (unsigned int m = 0; m < prof->n_messages; m++) {
		const struct ovpp_message *msg = &prof->message[m];

		if (msg->flags & OVPP_MESSAGE_TX)
			ovpp_message_encode(prof, msg, command, payload);
		else
			ovpp_message_decode(prof, msg, data,
					    size < OVPP_PAYLOAD_MAX ? size : OVPP_PAYLOAD_MAX, up);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ovpp_profile *prof;
	char path[64], err[256];
	json_t *obj;
	int fd;

	fd = memfd_create("profile", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!ovpp_profile_load(path, &obj, err, sizeof(err))) {
		/* What was loaded was checked: it must compile again. */
		if (ovpp_profile_compile(obj, &prof, err, sizeof(err)))
			abort();
		use(prof, data, size);
		ovpp_profile_free(prof);
		json_decref(obj);
	}
	close(fd);
	return 0;
}
