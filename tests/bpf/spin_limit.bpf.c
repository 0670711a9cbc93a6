// SPDX-License-Identifier: GPL-2.0-only
/* A hook that runs for as long as the verifier, who counts to a million, can follow. */
#define SPINS 160000
#include "spin.h"
