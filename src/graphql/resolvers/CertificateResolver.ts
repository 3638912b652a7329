import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { enrollCertificate } from "../../certificates/enrollCertificate.js";
import { certificateBySerial, findCertificates, type CertificateFacts } from "../../certificates/readCertificates.js";
import { reissueCertificate } from "../../certificates/reissueCertificate.js";
import { renewCertificate } from "../../certificates/renewCertificate.js";
import { revokeCertificate } from "../../certificates/revokeCertificate.js";
import { nameText } from "../../pki/names.js";
import { toPem } from "../../pki/pem.js";
import { idOf } from "../globalId.js";
import { CertificatesArgs } from "../inputs/lists.js";
import { EnrollCertificateInput, RenewCertificateInput, ReissueCertificateInput, RevokeCertificateInput } from "../inputs/mutations.js";
import { chosen, pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { SerialNumber } from "../scalars.js";
import { CertificateView, certificateView } from "../views/CertificateView.js";
import { CertificateConnection, connection } from "../views/connections.js";
import { EnrollCertificatePayload, RenewCertificatePayload, ReissueCertificatePayload, RevokeCertificatePayload } from "../views/payloads.js";
import { reloadedUser, UserView, userView } from "../views/UserView.js";
import { completed } from "../wording.js";

@Resolver(() => CertificateView)
export class CertificateResolver {
  @Query(() => CertificateView, {
    nullable: true,
    description: "One certificate, by its id or its serial number; null for what is unknown or not the caller's to see.",
  })
  async certificate(
    @Arg("id", () => ID, { nullable: true, description: "The certificate's id." }) id: string | null,
    @Arg("serialNumber", () => SerialNumber, { nullable: true, description: "Its serial number." }) serialNumber: string | null,
    @Ctx() { desk, actor, loaders }: RequestContext,
  ): Promise<CertificateView | null> {
    const byId = id ? await loaders.certificate.load(idOf("Certificate", id)) : null;
    const facts = id ? byId : serialNumber ? await certificateBySerial(desk, actor, serialNumber) : null;
    const isBoth = !serialNumber || facts?.serialNumber === serialNumber;
    return isBoth ? shown(facts, desk.clock.now()) : null;
  }

  @Query(() => CertificateConnection, { complexity: listCost, description: "The certificates that the caller may see, newest first." })
  async certificates(@Args() { filter, orderBy, ...page }: CertificatesArgs, @Ctx() { desk, actor }: RequestContext) {
    const { status, userId } = filter ?? {};
    const which = { status: chosen(status), userId: userId ? idOf("User", userId) : undefined };
    const found = await findCertificates(desk, actor, which, orderBy?.direction ?? "DESC", pageRequest(page));
    const now = desk.clock.now();
    return connection(CertificateConnection, found, (row) => certificateView(row, now), ({ id }) => ({ key: id, id }));
  }

  @Mutation(() => ReissueCertificatePayload, {
    nullable: true,
    description: "再発行する. Withdraws a Public ID's certificate at once and opens its successor; the holder's powers are on hold until `restorePowers` (bank policy). `reissuePreview` says beforehand what it will do. For its own a Master must contact the bank.",
  })
  reissueCertificate(@Arg("input", { description: "Whose, and why." }) input: ReissueCertificateInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { holder, successor, revoked, kept, enrollmentCode } = await reissueCertificate(context.desk, context.actor, {
        ...input,
        userId: idOf("User", input.userId),
      });
      const now = context.desk.clock.now();
      return {
        user: await reloadedUser(context, holder.id),
        certificate: certificateView(successor, now),
        revokedCertificate: shown(revoked, now),
        keptCertificate: shown(kept, now),
        enrollmentCode,
        message: completed("CHANGED", context.language, holder.loginId),
      };
    });
  }

  @Mutation(() => RevokeCertificatePayload, {
    nullable: true,
    description: "失効する. Ends a certificate for good, with nothing in its place.",
  })
  revokeCertificate(@Arg("input", { description: "Which, and why." }) input: RevokeCertificateInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { certificate, holder } = await revokeCertificate(context.desk, context.actor, {
        ...input,
        certificateId: idOf("Certificate", input.certificateId),
      });
      return { user: await reloadedUser(context, holder.id), certificate: certificateView(certificate, context.desk.clock.now()) };
    });
  }

  @Mutation(() => EnrollCertificatePayload, {
    nullable: true,
    description: "取得. The caller acquires its own pending certificate for a key it proves to have. The same request again gives the same certificate. Not before a password that is due was changed.",
  })
  enrollCertificate(@Arg("input", { description: "The request and its code." }) input: EnrollCertificateInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { desk, actor } = context;
      const certificate = await enrollCertificate(desk, actor, input);
      const chain = (await desk.issuers.chainOf(certificate.issuerId)).map((der) => toPem("CERTIFICATE", der));
      return { certificate: certificateView(certificate, desk.clock.now()), chain };
    });
  }

  @Mutation(() => RenewCertificatePayload, {
    nullable: true,
    description: "更新. The caller has its active certificate replaced by one for a new key, from so many days before its end as the bank's policy says, in a session that was opened with that certificate. The old one is revoked when its holder signs in by the new one, at the latest ten minutes later; until then the same request again gives the same certificate.",
  })
  renewCertificate(@Arg("input", { description: "The request for the new key." }) input: RenewCertificateInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { desk, actor } = context;
      const certificate = await renewCertificate(desk, actor, input);
      const chain = (await desk.issuers.chainOf(certificate.issuerId)).map((der) => toPem("CERTIFICATE", der));
      return { certificate: certificateView(certificate, desk.clock.now()), chain };
    });
  }

  @FieldResolver(() => UserView, { description: "Whose certificate this is." })
  async holder(@Root() { facts }: CertificateView, @Ctx() { loaders }: RequestContext): Promise<UserView> {
    const holder = await loaders.user.load(facts.userId);
    if (!holder) throw new Error("a certificate whose holder can't be read");
    return userView(holder);
  }

  @FieldResolver(() => CertificateView, { nullable: true, description: "The record that this one replaced. Null where there was none." })
  async predecessor(@Root() { facts }: CertificateView, @Ctx() { desk, loaders }: RequestContext): Promise<CertificateView | null> {
    return facts.predecessorId ? shown(await loaders.certificate.load(facts.predecessorId), desk.clock.now()) : null;
  }

  @FieldResolver(() => CertificateView, { nullable: true, description: "The record that replaced this one. Null where none has." })
  async successor(@Root() { facts }: CertificateView, @Ctx() { desk, loaders }: RequestContext): Promise<CertificateView | null> {
    return shown(await loaders.successor.load(facts.id), desk.clock.now());
  }

  @FieldResolver(() => String, { nullable: true, description: "The certificate in PEM. Null before it was acquired." })
  async pem(@Root() { facts }: CertificateView, @Ctx() { loaders }: RequestContext): Promise<string | null> {
    const der = await loaders.x509.load(facts.id);
    return der && toPem("CERTIFICATE", der);
  }

  @FieldResolver(() => String, { nullable: true, description: "The holder's distinguished name. Null before it was acquired." })
  async subject(@Root() { facts }: CertificateView, @Ctx() { loaders }: RequestContext): Promise<string | null> {
    const der = await loaders.x509.load(facts.id);
    return der && nameText(der, "subjectName");
  }

  @FieldResolver(() => String, { nullable: true, description: "The issuing CA's distinguished name. Null before it was acquired." })
  async issuer(@Root() { facts }: CertificateView, @Ctx() { loaders }: RequestContext): Promise<string | null> {
    const der = await loaders.x509.load(facts.id);
    return der && nameText(der, "issuerName");
  }
}

function shown(facts: CertificateFacts | null, now: Date): CertificateView | null {
  return facts && certificateView(facts, now);
}
