// SPDX-License-Identifier: GPL-2.0-only
/* A hook that takes its time. */
#define SPINS 20000
#include "spin.h"
