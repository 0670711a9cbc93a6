// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ParameterStore} from "./ParameterStore.sol";
import {RewardClaims} from "./RewardClaims.sol";

/**
 * Decides what contributions are worth: an epoch is one root over what every account has
 * earned since the beginning, proposed by an attestor with the hash of the evidence that
 * it follows from. A quorum of attestors has to agree; for a window of time everybody can
 * compute the same, and the guardian can stop it. Then the money goes to RewardClaims.
 *
 * Always: paid <= total <= funded. The total never goes down, nor up by more than the step
 * cap an epoch. Three kinds of money never mix: what is promised is in RewardClaims; what
 * is not, and bonds, are here, counted apart.
 *
 * The owner is the timelock. It sets terms, attestors and guardian, and may take back
 * what no root has promised.
 */
contract RewardLedger is Ownable {
    using SafeERC20 for IERC20;

    uint48 public constant MIN_WINDOW = 1 hours;
    uint48 public constant MAX_WINDOW = 30 days;

    /**
     * stepCap: how much an epoch may add to the total
     * bond: what a proposer has at stake
     * window: from a proposal to the earliest end of its epoch, s
     * quorum: attestors that have to agree, the proposer is one
     */
    struct Terms {
        uint128 stepCap;
        uint128 bond;
        uint48 window;
        uint32 quorum;
    }

    /**
     * root: of the tree over (account, what it has earned so far)
     * id: hash of all that is proposed
     * proposer, bond: who, and what it has at stake
     * total: what all have earned so far
     * readyAt: end of the window, s; 0: there is no proposal
     * epoch: its number
     * agreed: attestors that agree
     * revision: of the attestors who may
     */
    struct Proposal {
        bytes32 root;
        bytes32 id;
        address proposer;
        uint48 readyAt;
        uint48 epoch;
        uint128 total;
        uint128 bond;
        uint32 agreed;
        uint64 revision;
    }

    IERC20 public immutable token;
    ParameterStore public immutable parameters;
    RewardClaims public immutable claims;

    /// What all have earned, and what was given for rewards, promised or not.
    uint128 public total;
    uint128 public funded;

    /// Last epoch; the first one is 1.
    uint48 public epoch;

    /// Proposals so far, and changes of attestors.
    uint64 public proposals;
    uint64 public revision;

    address public guardian;
    uint32 public attestors;
    Terms private _terms;
    Proposal private _pending;

    /// What an account has deposited for bonds and is not at stake.
    mapping(address account => uint256) public bondOf;
    mapping(address account => bool) public isAttestor;
    mapping(bytes32 id => mapping(address attestor => bool)) public hasAttested;

    event Funded(address indexed from, uint256 amount);
    event Withdrawn(address indexed to, uint256 amount);
    event BondDeposited(address indexed account, uint256 amount);
    event BondWithdrawn(address indexed account, uint256 amount);
    event EpochProposed(
        uint48 indexed epoch,
        bytes32 indexed id,
        address indexed proposer,
        bytes32 root,
        uint256 total,
        bytes32 evidence,
        bytes32 paramsHash,
        uint48 readyAt
    );
    event EpochAttested(bytes32 indexed id, address indexed attestor);
    event EpochCanceled(uint48 indexed epoch, bytes32 indexed id);
    event EpochVetoed(uint48 indexed epoch, bytes32 indexed id, address indexed by, uint256 bond);
    event EpochFinal(uint48 indexed epoch, bytes32 indexed id, bytes32 root, uint256 total);
    event TermsSet(uint128 stepCap, uint128 bond, uint48 window, uint32 quorum);
    event AttestorSet(address indexed attestor, bool allowed);
    event GuardianSet(address indexed guardian);

    error NotAttestor();
    error NotGuardian();
    error NotProposer();
    error WrongEpoch(uint48 expected);
    error ZeroRoot();
    error WrongParameters(bytes32 expected);
    error TotalDecreases();
    error OverStepCap();
    error OverFunds();
    error Pending();
    error NothingPending();
    error WrongProposal();
    error AlreadyAttested();
    error AttestorsChanged();
    error NoQuorum();
    error WindowOpen(uint48 readyAt);
    error WrongTerms();
    error NotEnoughBond();

    constructor(
        IERC20 token_,
        address timelock,
        ParameterStore parameters_,
        Terms memory terms_,
        address[] memory attestors_,
        address guardian_
    ) Ownable(timelock) {
        token = token_;
        parameters = parameters_;
        claims = new RewardClaims(token_);
        for (uint256 i = 0; i < attestors_.length; i++) {
            _setAttestor(attestors_[i], true);
        }
        _setTerms(terms_);
        _setGuardian(guardian_);
    }

    // ---- money in -----------------------------------------------------------------------

    /// Money for rewards. The token has to arrive as it is sent: no fee, no rebase.
    function fund(uint128 amount) external {
        funded += amount;
        emit Funded(msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function depositBond(uint256 amount) external {
        bondOf[msg.sender] += amount;
        emit BondDeposited(msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function withdrawBond(uint256 amount) external {
        if (bondOf[msg.sender] < amount) revert NotEnoughBond();
        bondOf[msg.sender] -= amount;
        emit BondWithdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    // ---- an epoch -----------------------------------------------------------------------

    /**
     * epoch_: the one after the last
     * root_: of the tree of all earnings
     * total_: their sum
     * evidence: hash of the bundle that they follow from
     * paramsHash: of the parameters that they were computed with
     */
    function propose(uint48 epoch_, bytes32 root_, uint128 total_, bytes32 evidence, bytes32 paramsHash)
        external
        returns (bytes32 id)
    {
        if (!isAttestor[msg.sender]) revert NotAttestor();
        if (_pending.readyAt != 0) revert Pending();
        if (epoch_ != epoch + 1) revert WrongEpoch(epoch + 1);
        if (root_ == 0) revert ZeroRoot();
        if (paramsHash != parameters.paramsHash()) revert WrongParameters(parameters.paramsHash());
        _requireCovered(total_);

        uint128 bond = _terms.bond;
        uint48 readyAt = uint48(block.timestamp) + _terms.window;
        if (bondOf[msg.sender] < bond) revert NotEnoughBond();
        bondOf[msg.sender] -= bond;
        id = keccak256(abi.encode(++proposals, epoch_, root_, total_, evidence, paramsHash));
        _pending = Proposal(root_, id, msg.sender, readyAt, epoch_, total_, bond, 0, revision);
        emit EpochProposed(epoch_, id, msg.sender, root_, total_, evidence, paramsHash, readyAt);
        _attest(id);
    }

    /// An attestor has computed the same. The id is in the event of the proposal.
    function attest(bytes32 id) external {
        if (!isAttestor[msg.sender]) revert NotAttestor();
        if (_pending.readyAt == 0 || _pending.id != id) revert WrongProposal();
        if (hasAttested[id][msg.sender]) revert AlreadyAttested();
        if (_pending.revision != revision) revert AttestorsChanged();
        _attest(id);
    }

    /// By anybody, when a quorum agrees and the window is over.
    function finalize() external {
        Proposal memory p = _pending;

        if (p.readyAt == 0) revert NothingPending();
        if (p.revision != revision) revert AttestorsChanged();
        if (p.agreed < _terms.quorum) revert NoQuorum();
        if (block.timestamp < p.readyAt) revert WindowOpen(p.readyAt);
        _requireCovered(p.total);
        uint128 step = p.total - total;
        total = p.total;
        epoch = p.epoch;
        _end(p);
        emit EpochFinal(p.epoch, p.id, p.root, p.total);
        claims.setRoot(p.root);
        token.safeTransfer(address(claims), step);
    }

    /**
     * By its proposer; or by anybody if it cannot become final: the attestors have changed
     * since, or no quorum agreed within two windows.
     */
    function cancel() external {
        Proposal memory p = _pending;

        if (p.readyAt == 0) revert NothingPending();
        bool dead = p.revision != revision
            || (p.agreed < _terms.quorum && block.timestamp >= uint256(p.readyAt) + _terms.window);
        if (msg.sender != p.proposer && !dead) revert NotProposer();
        _end(p);
        emit EpochCanceled(p.epoch, p.id);
    }

    /// By guardian or timelock: the evidence says something else. The bond becomes money for
    /// rewards.
    function veto() external {
        Proposal memory p = _pending;

        if (msg.sender != guardian && msg.sender != owner()) revert NotGuardian();
        if (p.readyAt == 0) revert NothingPending();
        delete _pending;
        funded += p.bond;
        emit EpochVetoed(p.epoch, p.id, msg.sender, p.bond);
    }

    // ---- what everybody may know ---------------------------------------------------------

    function terms() external view returns (Terms memory) {
        return _terms;
    }

    function pending() external view returns (Proposal memory) {
        return _pending;
    }

    // ---- governance ------------------------------------------------------------------------

    function setTerms(Terms calldata terms_) external onlyOwner {
        _setTerms(terms_);
    }

    function setAttestor(address attestor, bool allowed) external onlyOwner {
        _setAttestor(attestor, allowed);
        if (attestors < _terms.quorum) revert WrongTerms();
    }

    function setGuardian(address guardian_) external onlyOwner {
        _setGuardian(guardian_);
    }

    /// Takes back what no root has promised.
    function withdraw(address to, uint128 amount) external onlyOwner {
        if (amount > funded - total) revert OverFunds();
        funded -= amount;
        emit Withdrawn(to, amount);
        token.safeTransfer(to, amount);
    }

    // ---- how -------------------------------------------------------------------------------

    function _requireCovered(uint128 total_) private view {
        if (total_ < total) revert TotalDecreases();
        if (total_ - total > _terms.stepCap) revert OverStepCap();
        if (total_ > funded) revert OverFunds();
    }

    function _attest(bytes32 id) private {
        hasAttested[id][msg.sender] = true;
        _pending.agreed++;
        emit EpochAttested(id, msg.sender);
    }

    function _end(Proposal memory p) private {
        delete _pending;
        bondOf[p.proposer] += p.bond;
    }

    function _setTerms(Terms memory t) private {
        if (t.window < MIN_WINDOW || t.window > MAX_WINDOW || t.quorum == 0 || t.quorum > attestors) {
            revert WrongTerms();
        }
        _terms = t;
        emit TermsSet(t.stepCap, t.bond, t.window, t.quorum);
    }

    /// What attestors have agreed to before does not count any more.
    function _setAttestor(address attestor, bool allowed) private {
        if (attestor == address(0) || isAttestor[attestor] == allowed) revert WrongTerms();
        isAttestor[attestor] = allowed;
        if (allowed) attestors++;
        else attestors--;
        revision++;
        emit AttestorSet(attestor, allowed);
    }

    function _setGuardian(address guardian_) private {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }
}
