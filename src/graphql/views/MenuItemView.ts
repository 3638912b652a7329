import { Field, ObjectType } from "type-graphql";
import type { MenuItem } from "../../policy/menu.js";
import { MenuItemEnum } from "../enums.js";
import { menuLabels, type Language } from "../wording.js";

@ObjectType("MenuItem", { simpleResolvers: true, description: "An item of 【管理機能】." })
export class MenuItemView {
  @Field(() => MenuItemEnum, { description: "Which, for programs." }) code!: MenuItem;
  @Field({ description: "What it is called, in the language asked for." }) label!: string;
}

export function menuItemView(code: MenuItem, language: Language): MenuItemView {
  return Object.assign(new MenuItemView(), { code, label: menuLabels[code][language] });
}
