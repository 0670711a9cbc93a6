/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command "slave": one Modbus device on a line of its own. */
#ifndef SIM_SLAVE_COMMAND_H
#define SIM_SLAVE_COMMAND_H

/* @argv from "slave" on; returns an exit status. */
int slave_command(int argc, char **argv);

#endif /* SIM_SLAVE_COMMAND_H */
