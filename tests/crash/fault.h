/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to go wrong with the files of a folder: shared, mapped, between fault.c,
 * which sets it, and record.c, which does it.
 */
#ifndef CRASH_FAULT_H
#define CRASH_FAULT_H

#include <stdint.h>

/**
 * struct fault - faults
 * @calls: that changed something or were to, so far
 * @fail_at: this one (from 1) fails with EIO; 0: none does
 * @for_good: and so do all after it
 * @room: bytes that the files may have, each in blocks of 4 KiB; 0: as many as they
 *	want
 * @hit: calls that were made to fail
 */
struct fault {
	uint64_t calls;
	uint64_t fail_at;
	uint64_t for_good;
	uint64_t room;
	uint64_t hit;
};

#define FAULT_BLOCK 4096

#endif /* CRASH_FAULT_H */
