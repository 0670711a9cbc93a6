// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a device tree says on a board, in the words of ACPI: the guest's fourth UART,
 * COM4, has RS-485 devices behind it and belongs to the gateway. QEMU gives the bridge
 * that it is on one of two names; of a path that is not there the kernel takes no notice.
 */
DefinitionBlock ("", "SSDT", 2, "OVPP", "SERDEV", 1)
{
	Device (\_SB.RS85)
	{
		Name (_HID, "PRP0001")
		Name (_UID, 1)
		Name (_CRS, ResourceTemplate () {
			UartSerialBusV2 (115200, DataBitsEight, StopBitsOne, 0x00, LittleEndian,
				ParityTypeEven, FlowControlNone, 16, 16, "\\_SB.PCI0.S08.COM4")
		})
		Name (_DSD, Package () {
			ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
			Package () {
				Package () { "compatible", "openvpp,rs485" },
				Package () { "current-speed", 115200 },
				Package () { "parity", "even" },
			}
		})
	}
	Device (\_SB.RS86)
	{
		Name (_HID, "PRP0001")
		Name (_UID, 2)
		Name (_CRS, ResourceTemplate () {
			UartSerialBusV2 (115200, DataBitsEight, StopBitsOne, 0x00, LittleEndian,
				ParityTypeEven, FlowControlNone, 16, 16, "\\_SB.PCI0.ISA.COM4")
		})
		Name (_DSD, Package () {
			ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
			Package () {
				Package () { "compatible", "openvpp,rs485" },
				Package () { "current-speed", 115200 },
				Package () { "parity", "even" },
			}
		})
	}
}
