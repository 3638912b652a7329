import { Field, ObjectType } from "type-graphql";
import { CertificateView } from "./CertificateView.js";
import { refused, UserErrorView } from "./payloads.js";
import { UsageRecordView } from "./UsageRecordView.js";
import { UserView } from "./UserView.js";

@ObjectType()
class UserPayload {
  @Field(() => UserView, { nullable: true, description: "The ID as it stands now." }) user?: UserView | null;
  @Field(() => String, { nullable: true, description: "登録完了, as the manual words it." }) message?: string | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of the form. When refused, all but `userErrors` is null; after CONFLICT `user` and `changesMeanwhile` aren't." })
export class UpdateUserPayload extends UserPayload {
  @Field(() => CertificateView, { nullable: true, description: "The certificate that was opened or ended; null where it was kept." })
  certificate?: CertificateView | null;
  @Field(() => CertificateView, { nullable: true, description: "The one that died by a reissue; null where none was pending or active." })
  revokedCertificate?: CertificateView | null;
  @Field(() => CertificateView, { nullable: true, description: "The old one, where it lives until the new one is acquired; null where it doesn't." }) keptCertificate?: CertificateView | null;
  @Field(() => String, { nullable: true, description: "取得コード of a reissued certificate, for the holder. Shown this once; null where none was reissued, and where the bank sends it to the holder by mail." })
  enrollmentCode?: string | null;
  @Field(() => [UsageRecordView], {
    nullable: true,
    description: "After CONFLICT: what changed since the form was shown, newest first; `user` is the ID as it stands now. Null otherwise.",
  })
  changesMeanwhile?: UsageRecordView[] | null;
}

@ObjectType({ simpleResolvers: true, description: "What came of a registration. When refused, all but `userErrors` is null." })
export class RegisterUserPayload extends UserPayload {
  @Field(() => CertificateView, { nullable: true, description: "Its first certificate, waiting for its holder." }) certificate?: CertificateView | null;
  @Field(() => String, { nullable: true, description: "取得コード, for the holder. Shown this once; null where the bank sends it to the holder by mail." }) enrollmentCode?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "What came of a deregistration. When refused, all but `userErrors` is null." })
export class DeregisterUserPayload extends UserPayload {
  @Field(() => CertificateView, { nullable: true, description: "The certificate that died by this; null where none was pending or active." })
  revokedCertificate?: CertificateView | null;
}

@ObjectType({ simpleResolvers: true, description: "What came of a suspension. When refused, all but `userErrors` is null." })
export class SuspendUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of lifting a suspension. When refused, all but `userErrors` is null." })
export class ResumeUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of an unlocking. When refused, all but `userErrors` is null." })
export class UnlockUserPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of giving powers back. When refused, all but `userErrors` is null." })
export class RestorePowersPayload extends UserPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of a change of passwords. When refused, all but `userErrors` is null." })
export class ChangePasswordsPayload extends UserPayload {}
