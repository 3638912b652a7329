import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { previewReissue } from "../../certificates/previewReissue.js";
import { idOf } from "../globalId.js";
import type { RequestContext } from "../RequestContext.js";
import { CertificateView, certificateView } from "../views/CertificateView.js";
import { EndingCertificateView, ReissuePreviewView, reissuePreviewView } from "../views/ReissuePreviewView.js";
import { UserView, userView } from "../views/UserView.js";

@Resolver(() => ReissuePreviewView)
export class ReissuePreviewResolver {
  @Query(() => ReissuePreviewView, {
    nullable: true,
    description: "What a reissue of this user's certificate will do; null where the caller couldn't have it reissued (`viewerCannotReissueCertificateReasons` says why).",
  })
  async reissuePreview(@Arg("userId", () => ID, { description: "Whose certificate." }) userId: string, @Ctx() { desk, actor }: RequestContext): Promise<ReissuePreviewView | null> {
    const preview = await previewReissue(desk, actor, idOf("User", userId));
    return preview && reissuePreviewView(preview);
  }

  @FieldResolver(() => UserView, { description: "Whose certificate it is." })
  async holder(@Root() { holderId }: ReissuePreviewView, @Ctx() { loaders }: RequestContext): Promise<UserView> {
    const facts = await loaders.user.load(holderId);
    if (!facts) throw new Error("a preview of nobody's certificate");
    return userView(facts);
  }
}

@Resolver(() => EndingCertificateView)
export class EndingCertificateResolver {
  @FieldResolver(() => CertificateView, { description: "Which." })
  async certificate(@Root() { certificateId }: EndingCertificateView, @Ctx() { desk, loaders }: RequestContext): Promise<CertificateView> {
    const facts = await loaders.certificate.load(certificateId);
    if (!facts) throw new Error("a preview of a certificate that can't be read");
    return certificateView(facts, desk.clock.now());
  }
}
