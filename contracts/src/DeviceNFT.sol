// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {DeviceRegistry} from "./DeviceRegistry.sol";

/**
 * The calls that OpenVPP's public software makes to its DeviceNFT, answered by the
 * registry. It holds nothing and may nothing.
 *
 * A device is minted with what owner and device have signed, in its URI:
 * "data:application/vnd.openvpp.registration;base64," and the ABI encoding of
 * (Registration, bytes ownerSignature, bytes proof), see DeviceRegistry.register.
 */
contract DeviceNFT {
    bytes private constant PREFIX = "data:application/vnd.openvpp.registration;base64,";

    DeviceRegistry public immutable registry;

    event DeviceMinted(uint256 indexed tokenId, uint256 indexed typeId, address indexed to);
    event DeviceEvent(uint256 indexed tokenId, uint8 indexed eventType, bytes data);

    error NotARegistration();
    error WrongOwner(address owner);
    error WrongType(uint256 typeId);
    error NotAuthorized();

    constructor(DeviceRegistry registry_) {
        registry = registry_;
    }

    function mintDevice(address to, uint256 typeId, string calldata deviceURI)
        external
        returns (uint256 tokenId)
    {
        (DeviceRegistry.Registration memory r, bytes memory ownerSignature, bytes memory proof) =
            abi.decode(_payload(deviceURI), (DeviceRegistry.Registration, bytes, bytes));

        if (r.owner != to) revert WrongOwner(r.owner);
        if (r.kind != kindOf(typeId)) revert WrongType(typeId);
        tokenId = registry.register(r, ownerSignature, proof);
        emit DeviceMinted(tokenId, typeId, to);
    }

    /// By who may act for the device; type 1 is a hash of telemetry.
    function recordDeviceEvent(uint256 tokenId, uint8 eventType, bytes calldata data) external {
        if (!registry.mayAct(tokenId, msg.sender)) revert NotAuthorized();
        emit DeviceEvent(tokenId, eventType, data);
    }

    /// The registry's kind of a type of that software: 1-4 vehicles, 5-8 and 13 chargers,
    /// 9 thermostat, 10 meter, 11 inverter, 12 battery, 14 fleet, 15 energy management.
    function kindOf(uint256 typeId) public view returns (uint8) {
        if (typeId == 0 || typeId > 15) revert WrongType(typeId);
        if (typeId <= 8 || typeId == 13) return 5;
        if (typeId == 9) return 7;
        if (typeId == 10) return 1;
        if (typeId == 11) return 2;
        if (typeId == 12) return 4;
        return typeId == 14 ? 0 : registry.GATEWAY();
    }

    function _payload(string calldata uri) private pure returns (bytes memory) {
        bytes calldata text = bytes(uri);

        if (text.length < PREFIX.length || keccak256(text[:PREFIX.length]) != keccak256(PREFIX)) {
            revert NotARegistration();
        }
        return Base64.decode(string(text[PREFIX.length:]));
    }
}
