import { Component, type ComponentChildren } from 'preact';

interface StillProps {
  /** What the children are drawn from. */
  of: readonly unknown[];
  children: () => ComponentChildren;
}

/** Draws its children again only when what they are drawn from is another, not whenever the list
 *  around it moves. Signals read inside components below it work as ever. */
export class Still extends Component<StillProps> {
  override shouldComponentUpdate({ of: next }: StillProps): boolean {
    const { of: before } = this.props;
    return next.length !== before.length || next.some((value, at) => !Object.is(value, before[at]));
  }

  override render({ children }: StillProps): ComponentChildren {
    return children();
  }
}
