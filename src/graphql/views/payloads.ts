import { Field, ObjectType } from "type-graphql";
import type { RefusalCode } from "../../foundation/refusals.js";
import { RefusalCodeEnum } from "../enums.js";
import { CertificateView } from "./CertificateView.js";
import { UserView } from "./UserView.js";
import { ViewerView } from "./ViewerView.js";

@ObjectType("UserError", { simpleResolvers: true, description: "Why something was refused, in words for a person at a screen." })
export class UserErrorView {
  @Field(() => RefusalCodeEnum, { description: "The reason, for programs." }) code!: RefusalCode;
  @Field({ description: "The reason, for people, in the language asked for." }) message!: string;
  @Field({ description: "What to do next." }) nextStep!: string;
  @Field(() => [String], { nullable: true, description: "The input field at fault, as a path below `input`. Null where it is no one field." }) path!: string[] | null;
}

export const refused = { description: "Why it was refused; empty when it was done." };

@ObjectType({ simpleResolvers: true, description: "What came of a sign-in. When refused, all but `userErrors` is null." })
export class SignInPayload {
  @Field(() => String, { nullable: true, description: "To be sent as `Authorization: Bearer …`. Shown this once." }) sessionToken?: string | null;
  @Field(() => ViewerView, { nullable: true, description: "Who is signed in now." }) viewer?: ViewerView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of a sign-out." })
export class SignOutPayload {
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of a reissue. When refused, all but `userErrors` is null." })
export class ReissueCertificatePayload {
  @Field(() => UserView, { nullable: true, description: "The holder, with its new version." }) user?: UserView | null;
  @Field(() => CertificateView, { nullable: true, description: "The pending certificate, waiting for its holder." })
  certificate?: CertificateView | null;
  @Field(() => CertificateView, { nullable: true, description: "The one that died by this; null where none was pending or active." })
  revokedCertificate?: CertificateView | null;
  @Field(() => CertificateView, { nullable: true, description: "The old one, where it lives until the new one is acquired; null where it doesn't." }) keptCertificate?: CertificateView | null;
  @Field(() => String, { nullable: true, description: "取得コード, for the holder. Shown this once: null when the same request is repeated, and where the bank sends it to the holder by mail." })
  enrollmentCode?: string | null;
  @Field(() => String, { nullable: true, description: "登録完了, as the manual words it." }) message?: string | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of a revocation. When refused, all but `userErrors` is null." })
export class RevokeCertificatePayload {
  @Field(() => UserView, { nullable: true, description: "The holder, with its new version." }) user?: UserView | null;
  @Field(() => CertificateView, { nullable: true, description: "The certificate as it stands now." }) certificate?: CertificateView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of an enrollment. When refused, all but `userErrors` is null." })
export class EnrollCertificatePayload {
  @Field(() => CertificateView, { nullable: true, description: "The certificate, issued." }) certificate?: CertificateView | null;
  @Field(() => [String], { nullable: true, description: "The CA certificates above it in PEM: the bank's issuing CA, then the root." })
  chain?: string[] | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of a renewal. When refused, all but `userErrors` is null." })
export class RenewCertificatePayload {
  @Field(() => CertificateView, { nullable: true, description: "The new certificate, issued. Sign in with it from now on." }) certificate?: CertificateView | null;
  @Field(() => [String], { nullable: true, description: "The CA certificates above it in PEM: the bank's issuing CA, then the root." })
  chain?: string[] | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}
